const stem = (word: string): string => word.toLowerCase().replaceAll("ё", "е").slice(0, 5);

const stems = (text: string): string[] =>
  Array.from(text.matchAll(/[\p{L}\p{N}]+/gu), ([word]) => stem(word)).filter(({ length }) => length >= 2);

/**
 * The part of a passage to show for a question: whole sentences from the one that shares the most words with it, as
 * many as fit. For display only; the passage itself is untouched.
 */
export const excerpt = (passage: string, question: string, maxLength: number): string => {
  const sentences = passage
    .split(/(?<=[.!?…])\s+|\n+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
  const asked = new Set(stems(question));
  const scores = sentences.map((sentence) => new Set(stems(sentence).filter((word) => asked.has(word))).size);
  const first = Math.max(0, scores.indexOf(Math.max(...scores)));
  let shown = "";
  for (const sentence of sentences.slice(first)) {
    const longer = shown === "" ? sentence : `${shown} ${sentence}`;
    if (longer.length > maxLength && shown !== "") break;
    shown = longer;
  }
  return shown.length > maxLength ? `${shown.slice(0, maxLength - 1)}…` : shown;
};
