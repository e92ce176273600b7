/** Half-open, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Sentence extends Span {
  /** A line of its own with no full stop and capitals on nearly every word, or marked as a heading. */
  readonly isHeading: boolean;
}

// A full stop after these does not end a sentence.
const abbreviations = new Set(
  `г ул д стр корп кв обл р н п пп ст гл рис табл т е тыс млн млрд руб коп им проф акад доц см др пр напр
   mr mrs ms dr prof st no vs fig inc ltd co corp llc jr sr approx dept est vol e.g i.e u.s`.split(/\s+/),
);
/** A line shorter than this ends what it says; a longer one was probably wrapped. */
const wrappedLineLength = 50;

const boundary = /[.!?…]+[»"”)]*(?=\s)|\n/g;

const endsSentence = (text: string, start: number, stop: RegExpExecArray): boolean => {
  const end = stop.index + stop[0].length;
  const next = /^\s*["«“(]?(\p{L}*)(\p{N}?)/u.exec(text.slice(end, end + 60));
  const nextWord = next?.[1] ?? "";
  const startsUpper = /^\p{Lu}/u.test(nextWord) || Boolean(next?.[2]) || !nextWord;
  if (stop[0] === "\n") {
    if (/^[ \t]*(?:\n|[-*•#|>]|\d+[.)]\s|$)/.test(text.slice(end, end + 40))) return true;
    // Initials after the surname end the line, and the name with it: "Зайцева К. Л."
    const before = text.slice(Math.max(start, stop.index - 60), stop.index);
    if (startsUpper && /\p{Lu}\p{Ll}+ \p{Lu}\.(?: ?\p{Lu}\.)?[ \t]*$/u.test(before)) return true;
    const line = text.slice(Math.max(text.lastIndexOf("\n", stop.index - 1) + 1, start), stop.index);
    return line.length < wrappedLineLength ? startsUpper : false;
  }
  if (!startsUpper) return false;
  if (stop[0] !== ".") return true;
  const before = /([\p{L}.]+)$/u.exec(text.slice(Math.max(start, stop.index - 12), stop.index))?.[1] ?? "";
  if (/^\p{Lu}$/u.test(before) || /(?:^|\.)\p{Lu}$/u.test(before)) return false;
  if (/^(?:inc|ltd|co|corp|llc)$/i.test(before))
    return /^(?:The|It|In|Its|This|He|She|They|We|A|An|On|At|For)$/.test(nextWord);
  return !abbreviations.has(before.toLowerCase());
};

const looksLikeHeading = (line: string): boolean => {
  if (/^\s*#/.test(line)) return true;
  if (/[.!?:;,…»"|]\s*$/.test(line) || line.includes("\n")) return false;
  const words = line.match(/\p{L}{4,}/gu) ?? [];
  return words.length >= 2 && words.length <= 10 && words.every((word) => /^\p{Lu}/u.test(word));
};

/** Sentences of prose, and lines of what is not prose. Together they cover all but the white space between them. */
export const splitSentences = (text: string): Sentence[] => {
  const sentences: Sentence[] = [];
  let start = 0;
  const push = (end: number): void => {
    const raw = text.slice(start, end);
    const trimmed = raw.trim();
    if (trimmed) {
      const from = start + raw.indexOf(trimmed);
      sentences.push({ start: from, end: from + trimmed.length, isHeading: looksLikeHeading(trimmed) });
    }
    start = end;
  };
  for (const stop of text.matchAll(boundary)) {
    if (endsSentence(text, start, stop)) push(stop.index + stop[0].length);
  }
  push(text.length);
  return sentences;
};
