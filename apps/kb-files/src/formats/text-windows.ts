import { fnv1a } from "../chunking/fnv1a.ts";

/** Characters of a text that are read at a time. */
const windowLength = 256 * 1024;
/** How much after a place decides whether the text is cut there. */
const hashedLength = 64;
const paragraphEnd = /\n[^\S\n]*\r?\n\s*|\r\r\s*|\f\s*/g;
const lineEnd = /\n/g;

/**
 * Cuts a long text between paragraphs, or between lines where there are none, into pieces of at most a window. What
 * stands behind a cut decides where it falls, so that after an edit the cuts soon fall where they fell before.
 */
export async function* textWindows(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let text = "";
  for await (const piece of pieces) {
    text += piece;
    while (text.length > windowLength + hashedLength) {
      const at = cutPlace(text);
      yield text.slice(0, at);
      text = text.slice(at);
    }
  }
  if (text !== "") yield text;
}

const cutPlace = (text: string): number => bestPlace(text, paragraphEnd) ?? bestPlace(text, lineEnd) ?? wordPlace(text);

/** Among the places in the window's second half, the one with the smallest hash behind it. */
const bestPlace = (text: string, boundary: RegExp): number | undefined => {
  let best: { readonly at: number; readonly hash: number } | undefined;
  for (const match of text.slice(windowLength / 2, windowLength).matchAll(boundary)) {
    const at = windowLength / 2 + match.index + match[0].length;
    const hash = fnv1a(text, at, at + hashedLength);
    if (best === undefined || hash < best.hash) best = { at, hash };
  }
  return best?.at;
};

const wordPlace = (text: string): number => {
  const space = text.lastIndexOf(" ", windowLength);
  if (space > windowLength / 2) return space;
  return /[\udc00-\udfff]/.test(text.charAt(windowLength)) ? windowLength + 1 : windowLength;
};
