/** A place in a text, in code points, half-open. */
export interface Place {
  readonly charStart: number;
  readonly charEnd: number;
}

const quotationMarks = /[«»„“”‟"]/u;
const apostrophes = /[‘’‚‛'`´]/u;
const dashes = /[‐-―−-]/u;
const invisible = /[\u00AD\u200B-\u200D\u2060\uFEFF]/u;

/** What models change when they copy: quotation marks, dashes, white space, composed forms, case. */
const foldPoint = (point: string): string => {
  if (/\s/u.test(point)) return " ";
  if (invisible.test(point)) return "";
  if (quotationMarks.test(point)) return '"';
  if (apostrophes.test(point)) return "'";
  if (dashes.test(point)) return "-";
  return point.normalize("NFKC").toLowerCase().replaceAll("ё", "е");
};

interface Folded {
  readonly text: string;
  /** For each UTF-16 unit of `text`, the code point of the original that it came from. */
  readonly origins: readonly number[];
}

const fold = (points: readonly string[]): Folded => {
  let text = "";
  const origins: number[] = [];
  points.forEach((point, origin) => {
    const folded = foldPoint(point);
    // A run of white space, of whatever kind and length, is one space.
    if (folded === " " && text.endsWith(" ")) return;
    text += folded;
    for (let unit = 0; unit < folded.length; unit++) origins.push(origin);
  });
  return { text, origins };
};

export interface Locator {
  /** The chunk's own words at a place. */
  slice(place: Place): string;
  /** The place between two UTF-16 positions, neither of them inside a code point. */
  place(startUnit: number, endUnit: number): Place;
  /**
   * Where the words stand: at `near` (code points) if they are there, else the first place exactly, else the first place
   * but for quotation marks, dashes, white space, composition and case. Undefined: nowhere.
   */
  find(words: string, near?: number): Place | undefined;
}

/** Finds verbatim words in one chunk. */
export const makeLocator = (content: string): Locator => {
  const points = Array.from(content);
  const pointAt = new Map<number, number>();
  let unit = 0;
  points.forEach((point, i) => {
    pointAt.set(unit, i);
    unit += point.length;
  });
  pointAt.set(unit, points.length);
  let folded: Folded | undefined;

  const slice = ({ charStart, charEnd }: Place): string => points.slice(charStart, charEnd).join("");

  const findExactly = (words: string): Place | undefined => {
    for (let from = content.indexOf(words); from >= 0; from = content.indexOf(words, from + 1)) {
      const [charStart, charEnd] = [pointAt.get(from), pointAt.get(from + words.length)];
      if (charStart !== undefined && charEnd !== undefined) return { charStart, charEnd };
    }
    return undefined;
  };

  const findFolded = (words: string): Place | undefined => {
    folded ??= fold(points);
    const wanted = fold(Array.from(words)).text.trim();
    const at = wanted === "" ? -1 : folded.text.indexOf(wanted);
    const [first, last] = [folded.origins[at], folded.origins[at + wanted.length - 1]];
    return at < 0 || first === undefined || last === undefined ? undefined : { charStart: first, charEnd: last + 1 };
  };

  return {
    slice,
    place: (start, end) => ({ charStart: pointAt.get(start) ?? 0, charEnd: pointAt.get(end) ?? points.length }),
    find: (words, near) => {
      if (words.trim() === "") return undefined;
      if (near !== undefined && Number.isSafeInteger(near) && near >= 0) {
        const place = { charStart: near, charEnd: near + Array.from(words).length };
        if (slice(place) === words) return place;
      }
      return findExactly(words) ?? findFolded(words);
    },
  };
};
