import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import type { KeyNames } from "./keys.ts";
import type { Lane, Limit, LimitRule } from "./limiter.ts";
import { turnLua } from "./lua/turn.ts";

/** Requests of one tenant in one lane under the same limits, the longest waiting first. */
export interface Demand {
  readonly lane: Lane;
  readonly tenant: string;
  /** Of the limits they come under. */
  readonly keys: readonly string[];
  /** Name the entries in Redis. */
  readonly ids: readonly string[];
  /** For each: the cost that shares are counted in, then the cost under each key. */
  readonly waiting: readonly (readonly number[])[];
  /** How long the first has waited. */
  readonly ageMs: number;
}

export interface LatePermit {
  readonly id: string;
  readonly keys: readonly string[];
  readonly costs: readonly number[];
}

/** What a process brings to a scope; see lua/turn.ts. */
export interface Visit {
  /** All that the rest of the visit names. */
  readonly limits: readonly Limit[];
  readonly demands: readonly Demand[];
  readonly release: readonly { readonly key: string; readonly id: string }[];
  readonly hold: readonly { readonly key: string; readonly forMs: number }[];
  /** Permits whose senders are late: booked anew for now. */
  readonly confirm: readonly LatePermit[];
  /** Keys whose limits this process has used lately: where Redis knows nothing of it, it has lost its memory. */
  readonly used: ReadonlySet<string>;
  /** A permit can be used at least this long: the way from Redis must fit in. */
  readonly slackMs: number;
}

export interface Grant {
  readonly demand: number;
  readonly waiter: number;
  /** From the answer's arrival. */
  readonly delayMs: number;
  /** The permit may be used so much later. */
  readonly slackMs: number;
}

export interface Answer {
  readonly grants: readonly Grant[];
  /** For each demand: when the next of it may go; undefined where all were granted. */
  readonly waits: readonly ({ readonly delayMs: number; readonly isSure: boolean } | undefined)[];
  /** For each late permit: how long from the visit's start it may be used now; undefined where its place is gone. */
  readonly confirmed: readonly (number | undefined)[];
}

/** How far ahead permits are given. A person's request can wait so long behind a backfill's that was just let through. */
export const horizonMs = 25;

const sha1 = createHash("sha1").update(turnLua).digest("hex");

/** The names that the script knows the rule's numbers by: `limit` for the cost that a window or budget holds. */
const luaRule = (rule: LimitRule) => ("cost" in rule ? { ...rule, limit: rule.cost } : rule);

/**
 * @param me the process
 * @param nowMs only for tests that bring their own clock; otherwise Redis' TIME
 */
export const makeVisitor =
  (redis: Pick<Redis, "evalsha" | "eval">, names: KeyNames, me: string, nowMs?: () => number) =>
  async (tag: string, visit: Visit): Promise<Answer> => {
    const { limits, used, ...rest } = visit;
    const rules = limits.map(({ key, rule }) => ({ key, used: used.has(key), ...luaRule(rule) }));
    const keys = [
      names.turns(tag),
      names.tags(tag),
      ...limits.flatMap(({ key }) => [names.state(key), names.entries(key)]),
    ];
    const scope = { me, horizonMs, scope: tag, channel: names.channel, now: nowMs?.() };
    const argument = JSON.stringify({ ...scope, ...rest, limits: rules });
    let reply: unknown;
    try {
      reply = await redis.evalsha(sha1, keys.length, ...keys, argument);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      reply = await redis.eval(turnLua, keys.length, ...keys, argument);
    }
    return readAnswer(reply as [number[], number[], number[]]);
  };

const readAnswer = ([grants, waits, confirmed]: [number[], number[], number[]]): Answer => ({
  grants: Array.from({ length: grants.length / 4 }, (_, i) => {
    const [demand = 0, waiter = 0, delayUs = 0, slackUs = 0] = grants.slice(4 * i, 4 * i + 4);
    return { demand, waiter, delayMs: delayUs / 1_000, slackMs: slackUs / 1_000 };
  }),
  waits: waits.map((delayUs) =>
    delayUs === 0 ? undefined : { delayMs: Math.abs(delayUs) / 1_000, isSure: delayUs > 0 },
  ),
  confirmed: confirmed.map((slackUs) => (slackUs < 0 ? undefined : slackUs / 1_000)),
});
