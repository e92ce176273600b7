import type { Chance } from "./chance.ts";
import type { SandboxAnswer, SandboxRequest } from "./sandbox-server.ts";

export type Fault =
  /** Answers this instead of doing anything. */
  | { readonly kind: "answer"; readonly answer: SandboxAnswer }
  /** Cuts the connection before anything is done. */
  | { readonly kind: "drop" }
  /** Does what was asked, then cuts the connection: the caller cannot know that it was done. */
  | { readonly kind: "dropAfterwards" }
  /** Does what was asked and never answers; the connection stays open until the caller or the sandbox ends it. */
  | { readonly kind: "silentAfterwards" }
  /** Waits, then goes on as usual. */
  | { readonly kind: "delay"; readonly ms: number };

export interface PlannedFault {
  /** For the journal. */
  readonly name: string;
  readonly fault: Fault;
  /** Default: every request. */
  readonly when?: (request: SandboxRequest) => boolean;
  /** How many matching requests it hits; default 1. */
  readonly times?: number;
  /** Matching requests that pass before the first hit; default 0. */
  readonly after?: number;
  /** Hits a matching request with this probability; default 1. */
  readonly probability?: number;
}

export interface Faults {
  /** Planned faults are tried in the order they were planned; the first that matches is played. */
  plan(fault: PlannedFault): void;
  clear(): void;
  /** Network: every request waits `baseMs` and up to `jitterMs` more, at random, before it arrives. */
  latency: { readonly baseMs: number; readonly jitterMs: number };
  /** For the server: what to play for this request. */
  next(request: SandboxRequest): PlannedFault | undefined;
}

export const makeFaults = (chance: Chance): Faults => {
  let planned: { fault: PlannedFault; left: number; skip: number }[] = [];
  return {
    plan: (fault) => {
      planned.push({ fault, left: fault.times ?? 1, skip: fault.after ?? 0 });
    },
    clear: () => {
      planned = [];
    },
    latency: { baseMs: 0, jitterMs: 0 },
    next: (request) => {
      for (const entry of planned) {
        if (!(entry.fault.when?.(request) ?? true)) continue;
        if (entry.skip > 0) {
          entry.skip -= 1;
          continue;
        }
        if (chance() >= (entry.fault.probability ?? 1)) continue;
        entry.left -= 1;
        planned = planned.filter(({ left }) => left > 0);
        return entry.fault;
      }
      return undefined;
    },
  };
};
