import type { Block, ParsedFile, Warning } from "../block.ts";
import { decodeText } from "../decode.ts";
import { fileProblem } from "../problem.ts";
import { openZip } from "../zip-file.ts";
import { readChapterNames } from "./epub-contents.ts";
import { readPackage } from "./epub-package.ts";
import { htmlBlocks } from "./html-blocks.ts";
import { parseHtmlTree } from "./html-tree.ts";

/** Font obfuscation is no protection of the text. */
const obfuscation = /http:\/\/www\.idpf\.org\/2008\/embedding|http:\/\/ns\.adobe\.com\/pdf\/enc#RC/;

/**
 * A book's chapters in the order of its spine; its tables of contents are left out. A chapter without a heading of its
 * own gets the one that the contents give it. A chapter that cannot be read is a warning.
 * @throws {PermanentError} file_bomb, password_required (DRM), file_corrupt
 */
export const parseEpub = async (bytes: Uint8Array, fileName: string): Promise<ParsedFile> => {
  const zip = await openZip(bytes, fileName);
  const encryption = await zip.read("META-INF/encryption.xml");
  const algorithms = encryption?.toString("utf8").match(/EncryptionMethod[^>]*Algorithm="[^"]*"/g) ?? [];
  if (algorithms.some((algorithm) => !obfuscation.test(algorithm))) {
    throw fileProblem(
      "password_required",
      fileName,
      "is protected against copying (DRM). Upload a copy without protection.",
    );
  }
  const book = await readPackage(zip, fileName).catch((error: unknown) => {
    if (error instanceof Error && error.name === "PermanentError") throw error;
    throw fileProblem("file_corrupt", fileName, "is damaged: its list of chapters cannot be read.", error);
  });
  const names = await readChapterNames(zip, book.items).catch(() => new Map<string, string>());
  const blocks: Block[] = [];
  const warnings: Warning[] = [];
  for (const path of book.chapters) {
    const chapter = await zip.read(path);
    if (chapter === undefined) {
      const message = `A chapter of "${fileName}" ("${path}") is missing in the file. Upload the book again.`;
      warnings.push({ code: "part_unreadable", message });
      continue;
    }
    blocks.push(...(await chapterBlocks(chapter, names.get(path))));
  }
  return { pageCount: null, blocks, warnings };
};

const chapterBlocks = async (chapter: Buffer, name: string | undefined): Promise<Block[]> => {
  const declared = /encoding\s*=\s*["']([\w-]+)["']/.exec(chapter.subarray(0, 200).toString("latin1"))?.[1];
  const { text } = await decodeText(chapter, declared);
  const blocks = htmlBlocks(parseHtmlTree(text, true));
  const [first] = blocks;
  if (name === undefined || first === undefined || first.kind === "heading") return blocks;
  const at = blocks.findIndex((block) => oneLine(block.text) === name);
  if (blocks[at]?.kind === "heading") return blocks;
  // Some programs write headings as ordinary paragraphs; the contents tell them.
  const heading = { kind: "heading", text: name, level: 1 } as const;
  return at === -1 ? [heading, ...blocks] : blocks.with(at, heading);
};

const oneLine = (text: string): string => text.replace(/\s+/gu, " ").trim();
