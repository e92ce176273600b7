import type { Block } from "../block.ts";

/** pdfium marks a hyphen at the end of a line so, and joins the lines. */
const mark = /(?<!\p{L})(\p{L}+)[\ufffe\u0002](\p{L}+)/gu;
const particles = /^(то|либо|нибудь|таки|ка)$/iu;

/**
 * Decides what each hyphen at a line's end was: a division of one word goes, the hyphen of a compound stays.
 * It stays where the same compound is written inside a line elsewhere, before a capital letter or a Russian particle.
 */
export const joinHyphens = (blocks: readonly Block[]): Block[] => {
  if (!blocks.some((block) => /[\ufffe\u0002]/u.test(block.text))) return [...blocks];
  const compounds = new Set<string>();
  for (const block of blocks) {
    if (!block.text.includes("-")) continue;
    for (const [word] of block.text.matchAll(/(?<!\p{L})\p{L}+-\p{L}+/gu)) compounds.add(word.toLowerCase());
  }
  const join = (_: string, left: string, right: string): string => {
    const keeps = /^\p{Lu}/u.test(right) || particles.test(right) || /^(кое|по)$/iu.test(left);
    return keeps || compounds.has(`${left}-${right}`.toLowerCase()) ? `${left}-${right}` : left + right;
  };
  return blocks.map((block) => ({
    ...block,
    text: !/[\ufffe\u0002]/u.test(block.text)
      ? block.text
      : block.text.replace(mark, join).replace(/[\ufffe\u0002]\s*/gu, "-"),
  }));
};
