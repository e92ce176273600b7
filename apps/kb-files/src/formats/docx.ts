import mammoth from "mammoth";
import type { Block, ParsedFile } from "../block.ts";
import { guardZip } from "../inflate-guard.ts";
import { fileProblem } from "../problem.ts";
import { htmlBlocks } from "./html-blocks.ts";
import { parseHtmlTree } from "./html-tree.ts";
import { descendants } from "./xml-tree.ts";

/** Word's own names do not change with its language, and mammoth knows them; templates and other programs translate them. */
const styleMap = [
  "p[style-name='Title'] => h1.document-title:fresh",
  "p[style-name='Subtitle'] => p:fresh",
  "p[style-name='Название'] => h1.document-title:fresh",
  "p[style-name='Заголовок'] => h1.document-title:fresh",
  ...[1, 2, 3, 4, 5, 6].map((level) => `p[style-name='Заголовок ${level}'] => h${level}:fresh`),
];

/**
 * A Word document by way of mammoth's HTML. Pages are unknown: Word lays them out only on screen.
 * @throws {PermanentError} file_bomb before anything is unpacked for good, file_corrupt
 */
export const parseDocx = async (bytes: Uint8Array, fileName: string): Promise<ParsedFile> => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  await guardZip(buffer, fileName);
  return { pageCount: null, blocks: await docxBlocks(buffer, fileName) };
};

const docxBlocks = async (buffer: Buffer, fileName: string): Promise<Block[]> => {
  try {
    const { value } = await mammoth.convertToHtml(
      { buffer },
      { styleMap, convertImage: mammoth.images.imgElement(async () => ({ src: "" })), externalFileAccess: false },
    );
    const page = parseHtmlTree(value);
    const blocks = htmlBlocks(page);
    const isTitled = descendants(page, "h1").some(({ attributes }) => attributes["class"] === "document-title");
    return isTitled ? underTitle(blocks) : blocks;
  } catch (error) {
    throw fileProblem(
      "file_corrupt",
      fileName,
      "is damaged: its Word document cannot be read. Save and upload it again.",
      error,
    );
  }
};

/** A document's title stands above its headings of level 1. */
const underTitle = (blocks: readonly Block[]): Block[] => {
  const title = blocks.find((block) => block.kind === "heading");
  return blocks.map((block) =>
    block.kind === "heading" && block !== title ? { ...block, level: block.level + 1 } : block,
  );
};
