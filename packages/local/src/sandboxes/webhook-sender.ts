import type { Chance } from "./chance.ts";
import { shuffled } from "./chance.ts";

export interface SandboxWebhook {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface WebhookSender {
  /** Sends it soon, as the CRM would: after the request that caused it was answered. */
  send(webhook: SandboxWebhook): void;
  /** Each webhook comes twice, or never, with this probability. */
  misbehave(faults: { readonly duplicate?: number; readonly lose?: number }): void;
  /** Keeps everything back from now on, until `release`. */
  hold(): void;
  /** Sends what was kept back, as it was or in another order. */
  release(order?: "kept" | "reversed" | "shuffled"): void;
  /** Until nothing is on its way any more; what is held back does not count. */
  settled(): Promise<void>;
  /** `delivered` counts 2xx answers only. */
  readonly counts: {
    readonly sent: number;
    readonly delivered: number;
    readonly failed: number;
    readonly lost: number;
  };
}

/** Emits a sandbox's webhooks. It never tries again: what fails is lost, as with providers that promise no retry. */
export const makeWebhookSender = (chance: Chance): WebhookSender => {
  const counts = { sent: 0, delivered: 0, failed: 0, lost: 0 };
  const underWay = new Set<Promise<void>>();
  let faults: { readonly duplicate?: number; readonly lose?: number } = {};
  let kept: SandboxWebhook[] | undefined;

  const post = async ({ url, headers, body }: SandboxWebhook): Promise<void> => {
    try {
      const answer = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(5_000) });
      await answer.arrayBuffer();
      counts[answer.ok ? "delivered" : "failed"] += 1;
    } catch {
      counts.failed += 1;
    }
  };
  const dispatch = (webhook: SandboxWebhook): void => {
    counts.sent += 1;
    const delivery: Promise<void> = post(webhook).finally(() => underWay.delete(delivery));
    underWay.add(delivery);
  };
  const send = (webhook: SandboxWebhook): void => {
    if (chance() < (faults.lose ?? 0)) {
      counts.lost += 1;
      return;
    }
    const copies = chance() < (faults.duplicate ?? 0) ? [webhook, webhook] : [webhook];
    if (kept === undefined) copies.forEach((copy) => dispatch(copy));
    else kept.push(...copies);
  };

  return {
    counts,
    send,
    misbehave: (next) => {
      faults = next;
    },
    hold: () => {
      kept ??= [];
    },
    release: (order = "kept") => {
      const waiting = kept ?? [];
      kept = undefined;
      const ordered =
        order === "shuffled" ? shuffled(waiting, chance) : order === "reversed" ? waiting.toReversed() : waiting;
      ordered.forEach((webhook) => dispatch(webhook));
    },
    settled: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
};
