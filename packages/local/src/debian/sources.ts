import { readFile } from "node:fs/promises";
import { matchingPaths } from "../process/matching-paths.ts";

interface Source {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** A keyring file. */
  readonly signedBy: string | undefined;
}

const words = (text: string | undefined): string[] => text?.split(/\s+/).filter((word) => word !== "") ?? [];

/** Reads the stanzas of a `.sources` file (deb822). */
const parseStanzas = (text: string): Source[] =>
  text
    .replaceAll(/^#.*\n?/gm, "")
    .split(/\n\s*\n/)
    .map((stanza) => {
      const fields = new Map<string, string>();
      for (const [, name, value] of stanza.matchAll(/^([\w-]+):((?:.*)(?:\n[ \t].*)*)/gm)) {
        if (name !== undefined && value !== undefined) fields.set(name.toLowerCase(), value.trim());
      }
      return fields;
    })
    .filter((fields) => fields.has("uris") && !/^no$/i.test(fields.get("enabled") ?? ""))
    .map((fields) => ({
      uris: words(fields.get("uris")),
      suites: words(fields.get("suites")),
      components: words(fields.get("components")),
      signedBy: words(fields.get("signed-by")).find((file) => file.startsWith("/")),
    }));

/** Reads `deb [options] URI suite components…` lines. */
const parseLines = (text: string): Source[] =>
  [...text.matchAll(/^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#\n]+)/gm)].map(
    ([, options, uri = "", suite = "", components]) => ({
      uris: [uri],
      suites: [suite],
      components: words(components),
      signedBy: /signed-by=(\/[^\s,]+)/.exec(options ?? "")?.[1],
    }),
  );

/** The texts of the machine's apt sources: `.sources` files and one-line `.list` files. */
export interface SourceFiles {
  readonly stanzas: string;
  readonly lines: string;
}

/** Reads what apt reads. */
export const readSourceFiles = async (etc = "/etc/apt"): Promise<SourceFiles> => {
  const read = async (patterns: string[]): Promise<string> => {
    const files = await matchingPaths(etc, patterns);
    return (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n\n");
  };
  return {
    stanzas: await read(["sources.list.d/*.sources"]),
    lines: await read(["sources.list", "sources.list.d/*.list"]),
  };
};

/**
 * Source-package entries for the suite `newer`, from the mirrors that this machine uses for its own suite
 * `codename`: no address is ours to choose. Empty where the machine has no such mirror.
 */
export const sourcesOfSuite = ({ stanzas, lines }: SourceFiles, codename: string, newer: string): string => {
  const entries = [...parseStanzas(stanzas), ...parseLines(lines)]
    .filter(({ suites }) => suites.includes(codename))
    .flatMap(({ uris, components, signedBy }) => {
      const options = signedBy === undefined ? "" : `[signed-by=${signedBy}] `;
      return uris.map((uri) => `deb-src ${options}${uri} ${newer} ${components.join(" ")}\n`);
    });
  return [...new Set(entries)].join("");
};
