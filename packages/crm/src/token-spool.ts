import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ConnectionKey, SealedTokens } from "./sealed-tokens.ts";

/** An answer on its way to the database. */
export interface SpooledTokens extends ConnectionKey, SealedTokens {
  /** The new one. */
  readonly version: number;
}

/**
 * A folder on this machine that takes a sealed answer in the very moment it arrives, before the database has it: what the
 * process that was killed in between leaves behind, its successor on this machine brings to the database.
 */
export interface TokenSpool {
  /** Synchronous: nothing can come between the answer and this. Never throws; a full disk must not stop a refresh. */
  put(tokens: SpooledTokens): void;
  drop(tokens: SpooledTokens): void;
  all(): readonly SpooledTokens[];
}

const spooled = z.object({
  orgId: z.string(),
  connectionId: z.guid(),
  version: z.int(),
  sealed: z.string(),
  refreshable: z.boolean(),
  expiresAtMs: z.number().optional(),
});

export const makeTokenSpool = (folder: string): TokenSpool => {
  const fileOf = ({ connectionId, version }: SpooledTokens): string => join(folder, `${connectionId}.${version}.json`);
  const read = (name: string): readonly SpooledTokens[] => {
    try {
      const { expiresAtMs, ...tokens } = spooled.parse(JSON.parse(readFileSync(join(folder, name), "utf8")));
      return [{ ...tokens, expiresAtMs }];
    } catch {
      return []; // cut short by the same kill: there was no answer to keep
    }
  };
  const quietly = <T>(work: () => T, otherwise: T): T => {
    try {
      return work();
    } catch {
      return otherwise;
    }
  };
  return {
    put: (tokens) =>
      quietly(() => {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeFileSync(fileOf(tokens), JSON.stringify(tokens), { mode: 0o600 });
      }, undefined),
    drop: (tokens) => quietly(() => rmSync(fileOf(tokens), { force: true }), undefined),
    all: () => quietly(() => readdirSync(folder).filter((name) => name.endsWith(".json")), []).flatMap(read),
  };
};
