import type { Chance } from "./chance.ts";
import { seededChance } from "./chance.ts";
import type { SandboxClock } from "./clock.ts";
import { realClock } from "./clock.ts";
import type { Faults } from "./faults.ts";
import { makeFaults } from "./faults.ts";
import type { Journal } from "./journal.ts";
import { makeJournal } from "./journal.ts";
import type { RecordStore } from "./record-store.ts";
import { makeRecordStore } from "./record-store.ts";
import type { WebhookSender } from "./webhook-sender.ts";
import { makeWebhookSender } from "./webhook-sender.ts";

/** What every sandbox takes; a provider's own options come on top. */
export interface SandboxOptions {
  /** Default: the real time. */
  readonly clock?: SandboxClock;
  /** Of faults and jitter; default 1. */
  readonly seed?: number;
}

/** What every sandbox is made of. */
export interface SandboxParts {
  readonly clock: SandboxClock;
  readonly chance: Chance;
  readonly store: RecordStore;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly webhooks: WebhookSender;
}

export const makeSandboxParts = (
  { clock = realClock, seed = 1 }: SandboxOptions,
  newId?: (type: string, sequence: number) => string,
): SandboxParts => {
  const chance = seededChance(seed);
  return {
    clock,
    chance,
    store: makeRecordStore({ clock, ...(newId === undefined ? {} : { newId }) }),
    faults: makeFaults(chance),
    journal: makeJournal(clock),
    webhooks: makeWebhookSender(chance),
  };
};
