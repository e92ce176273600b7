import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Page {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
}

/** Every page of the documentation, wherever it lies. */
export const readPages = (root: string): Page[] =>
  globSync(["*.md", "docs/**/*.md", "apps/*/*.md", "packages/*/*.md"], { cwd: root })
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

/** What a fence holds is not prose: no headings, no links. */
const withoutFences = (text: string): string => text.replaceAll(/^ *```[^]*?^ *```/gm, "");

export interface Heading {
  readonly level: number;
  readonly title: string;
}

export const headingsOf = ({ text }: Page): Heading[] =>
  [...withoutFences(text).matchAll(/^(#{1,6}) (.+?)\s*$/gm)].map(([, marks = "", title = ""]) => ({
    level: marks.length,
    title,
  }));

/** The anchor that GitHub gives a heading. */
export const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
    .replaceAll(" ", "-");

/** Targets of links that lead to a file of this repository or to a place in the page itself. */
export const localLinksOf = ({ text }: Page): string[] =>
  [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/i.test(target));

/** Commands of a page's shell blocks, whole: continued lines joined, loops and functions kept together. */
export const commandsOf = ({ text }: Page): string[] => {
  const commands: string[] = [];
  for (const [, , block = ""] of text.matchAll(/^( *)```(?:bash|sh)\n([^]*?)^ *```/gm)) {
    let open = "";
    for (const raw of block.split("\n")) {
      const line = raw.replace(/(^|\s)#\s.*$/, "").trim();
      if (line === "") continue;
      open = open === "" ? line : `${open.replace(/\\$/, "")}${open.endsWith("\\") ? "" : "\n"}${line}`;
      const inLoop = open.startsWith("for ") && !/\bdone$/.test(open);
      if (open.endsWith("\\") || inLoop) continue;
      commands.push(open);
      open = "";
    }
  }
  return commands;
};
