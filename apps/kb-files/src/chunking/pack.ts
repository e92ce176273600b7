import type { Unit } from "./chunk.ts";
import { fnv1a } from "./fnv1a.ts";

/**
 * Packs consecutive units into chunks of at most `maxTokens`. Where to cut is decided by the content near the cut (the
 * unit with the smallest hash in the second half of the window begins the next chunk), so that after an edit the cuts
 * soon fall where they fell before, instead of shifting to the section's end.
 */
export const packUnits = (text: string, units: readonly Unit[], maxTokens: number): Unit[] => {
  const result: Unit[] = [];
  let from = 0;
  while (from < units.length) {
    const to = cut(text, units, from, maxTokens);
    result.push(merge(units.slice(from, to)));
    from = to;
  }
  return result;
};

/** Index after the last unit of the chunk that starts at `from`. */
const cut = (text: string, units: readonly Unit[], from: number, maxTokens: number): number => {
  let tokens = 0;
  let best = from + 1;
  let bestHash = Infinity;
  for (let at = from; at < units.length; at += 1) {
    const unit = units[at];
    if (unit === undefined) break;
    if (at > from && tokens >= maxTokens / 2) {
      const hash = fnv1a(text, unit.start, unit.end);
      if (hash < bestHash) [best, bestHash] = [at, hash];
    }
    // One token for the empty line between two blocks.
    tokens += unit.tokens + (at > from ? 1 : 0);
    if (tokens > maxTokens && at > from) return bestHash === Infinity ? at : best;
  }
  return units.length;
};

const merge = (units: readonly Unit[]): Unit => {
  const [first] = units;
  const last = units.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("an empty chunk");
  const kind = units.every((unit) => unit.kind === first.kind) ? first.kind : "text";
  const tokens = units.reduce((sum, unit) => sum + unit.tokens + 1, -1);
  const { start, pageFrom, sheet } = first;
  const { end, pageTo } = last;
  const rowFrom = units.find((unit) => unit.rowFrom !== null)?.rowFrom ?? null;
  const rowTo = units.findLast((unit) => unit.rowTo !== null)?.rowTo ?? null;
  return { kind, start, end, tokens, pageFrom, pageTo, sheet, rowFrom, rowTo };
};
