/**
 * Keys that are one slip of the keyboard apart, as pairs: one letter doubled, left out or put in, or two neighbours
 * exchanged; a letter replaced by another makes other names far too often. Only words of six letters and more, and only keys
 * with a single neighbour: of several, nobody knows whose slip it is. (The neighbour may have several slips of its own.)
 *
 * Found by deletion neighbourhoods (Garbe's symmetric deletion): every key once with each of its letters left out.
 */
export const typoPairs = (keys: Iterable<string>): (readonly [string, string])[] => {
  const bySpelling = new Map<string, string[]>();
  for (const key of keys) {
    if (key.length > longest) continue;
    for (const spelling of spellings(key)) {
      const group = bySpelling.get(spelling);
      if (group) group.push(key);
      else bySpelling.set(spelling, [key]);
    }
  }
  const neighbours = new Map<string, Set<string>>();
  for (const group of bySpelling.values()) {
    for (const a of group) {
      for (const b of group) {
        if (a === b || !isSlip(a, b)) continue;
        const known = neighbours.get(a) ?? new Set();
        neighbours.set(a, known.add(b));
      }
    }
  }
  return [...neighbours].flatMap(([a, near]) => {
    const [b, ...others] = near;
    const isMutual = b !== undefined && neighbours.get(b)?.size === 1;
    return b === undefined || others.length > 0 || (isMutual && a > b) ? [] : [[a, b] as const];
  });
};

const shortest = 6;
// The work grows with the square of the length; what is longer is a sentence.
const longest = 120;

const spellings = (key: string): Set<string> => {
  const all = new Set([key]);
  for (let i = 0; i < key.length; i++) {
    // Another digit is another thing, and no slip.
    const code = key.charCodeAt(i);
    if (code === 32 || (code >= 48 && code <= 57)) continue;
    all.add(key.slice(0, i) + key.slice(i + 1));
  }
  return all;
};

const isSlip = (a: string, b: string): boolean => {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  let start = 0;
  while (start < short.length && long[start] === short[start]) start++;
  let end = 0;
  while (end < short.length - start && long.at(-1 - end) === short.at(-1 - end)) end++;
  const changed = long.slice(start, long.length - end);
  if (!/^\p{L}+$/u.test(changed) || start === 0) return false;
  const word = wordAround(long, start);
  if (word.length < shortest) return false;
  if (long.length === short.length + 1) return changed.length === 1;
  const [first, second] = changed;
  return long.length === short.length && changed.length === 2 && short.slice(start, start + 2) === `${second}${first}`;
};

const wordAround = (text: string, at: number): string =>
  `${/\p{L}*$/u.exec(text.slice(0, at))?.[0] ?? ""}${/^\p{L}*/u.exec(text.slice(at))?.[0] ?? ""}`;
