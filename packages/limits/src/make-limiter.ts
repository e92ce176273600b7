import { randomUUID } from "node:crypto";
import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import { connectConsumer, connectProducer, type RedisSettings } from "@gpt-agent/queue/connection";
import type { Redis } from "ioredis";
import { sleepUntil, untilReady } from "./waiting.ts";
import { costUnder, groupByTag, makeKeyNames } from "./keys.ts";
import { type Line, makeLine } from "./line.ts";
import type { AcquireRequest, Limit, Limiter } from "./limiter.ts";
import { makeVisitor } from "./visit.ts";
import type { Use, Waiter } from "./waiters.ts";

export interface LimiterOptions {
  /** Of the error where a turn is too far away. Default `crm_rate_limited`. */
  readonly code?: ErrorCode;
}

const defaultMaxWaitMs = 30_000;
const manyLines = 1_000;

/** What one scope gave. */
interface Place extends Use {
  readonly line: Line;
  readonly waiter: Waiter;
  readonly limits: readonly Limit[];
}

const ignore = (): void => {};

/**
 * The limiter that all instances share through Redis: whoever knows the same prefix and keys counts together.
 *
 * Limits whose keys share a tag (see {@link Limit.key}) are taken in one step. Across tags a request stands in one
 * line after the other, in the tags' order; when the last line lets it go, the places it got before are booked anew
 * for that moment, or it starts over.
 */
export const makeLimiter = (settings: RedisSettings, options: LimiterOptions = {}): Limiter & { close(): void } => {
  const { code = "crm_rate_limited" } = options;
  const me = randomUUID();
  const names = makeKeyNames(settings.prefix);
  const redis = connectProducer(settings, ignore);
  const visitor = makeVisitor(redis, names, me);
  const lines = new Map<string, Line>();
  let subscriber: Redis | undefined;
  let permits = 0;

  const listen = (): void => {
    if (subscriber !== undefined) return;
    // A silent minute is nothing unusual here; a lost message costs two seconds.
    subscriber = connectConsumer(settings, 60_000, ignore);
    subscriber.on("message", (_channel: string, tag: string) => lines.get(tag)?.come());
    subscriber.subscribe(names.channel + me).catch(ignore);
  };

  const lineAt = (tag: string): Line => {
    const line = lines.get(tag);
    if (line !== undefined) return line;
    if (lines.size >= manyLines) for (const [tag, line] of lines) if (line.isIdle()) lines.delete(tag);
    const visit = async (what: Parameters<typeof visitor>[1]) => {
      await untilReady(redis);
      return visitor(tag, what);
    };
    const made = makeLine({ visit, listen, code });
    lines.set(tag, made);
    return made;
  };

  const standInLine = (tag: string, limits: readonly Limit[], request: AcquireRequest, endsAtMs: number) =>
    new Promise<Place>((resolve, reject) => {
      const { signal } = request;
      signal.throwIfAborted();
      const line = lineAt(tag);
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
      };
      const sinceMs = performance.now();
      const waiter: Waiter = {
        id: `${me}-${(permits += 1)}`,
        request,
        limits,
        sinceMs,
        deadlineMs: endsAtMs,
        grant: (use) => {
          settle();
          resolve({ line, waiter, limits, ...use });
        },
        refuse: (error) => {
          settle();
          reject(error);
        },
      };
      const abort = (): void => {
        line.leave(waiter);
        waiter.refuse(signal.reason);
      };
      const timer = setTimeout(line.expire, Math.max(0, endsAtMs - sinceMs), waiter);
      signal.addEventListener("abort", abort);
      line.add(waiter);
    });

  const giveBack = (places: readonly Place[]): void => {
    for (const { line, waiter, limits } of places) line.giveBack(waiter.id, limits);
  };

  /** Books anew for now what was given for an earlier moment. False when a place is gone, or nobody may go now. */
  const areGood = async (places: readonly Place[], request: AcquireRequest): Promise<boolean> => {
    const good = [...places];
    for (;;) {
      const place = good.findIndex(({ line, limits, untilMs }) => performance.now() > untilMs || line.isHeld(limits));
      const late = good[place];
      if (late === undefined) return true;
      const { line, limits, waiter } = late;
      const costs = limits.map((limit) => costUnder(limit, request));
      const use = await line.confirm({ id: waiter.id, keys: limits.map(({ key }) => key), costs });
      if (use === undefined) return false;
      good[place] = { ...late, ...use };
    }
  };

  /** One place at every scope, all of them good now. */
  const placesFor = async (request: AcquireRequest): Promise<readonly Place[]> => {
    const endsAtMs = performance.now() + (request.maxWaitMs ?? defaultMaxWaitMs);
    for (;;) {
      const places: Place[] = [];
      try {
        for (const [tag, limits] of groupByTag(request.limits)) {
          const place = await standInLine(tag, limits, request, endsAtMs);
          places.push(place);
          await sleepUntil(place.fromMs, request.signal);
        }
        if (await areGood(places, request)) return places;
      } catch (error) {
        giveBack(places);
        throw error;
      }
      giveBack(places);
    }
  };

  const holdBack: Limiter["holdBack"] = async (limits, untilMs) => {
    const forMs = untilMs - Date.now();
    await Promise.all(groupByTag(limits).map(([tag, held]) => lineAt(tag).holdBack(held, forMs)));
  };

  return {
    acquire: async (request) => {
      const places = await placesFor(request);
      let isOpen = true;
      return {
        done: async ({ retryAfterMs, roundTripMs }) => {
          if (!isOpen) return;
          isOpen = false;
          for (const { line, waiter } of places) if (roundTripMs !== undefined) line.arrived(waiter, roundTripMs);
          giveBack(places);
          if (retryAfterMs !== undefined) await holdBack(request.limits, Date.now() + retryAfterMs);
        },
      };
    },
    holdBack,
    close: () => {
      for (const line of lines.values()) line.stop(new Error("the limiter is closed"));
      redis.disconnect();
      subscriber?.disconnect();
    },
  };
};
