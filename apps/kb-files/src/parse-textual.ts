import { extname } from "node:path";
import type { Format, ParsedFile } from "./block.ts";
import { decodeText } from "./decode.ts";
import { fileProblem } from "./problem.ts";
import { declaredEncoding } from "./formats/xml-events.ts";
import { plainFormat, structureOf } from "./text-format.ts";

/** HTML, XML, JSON, Markdown, notebooks and subtitles are read whole, and take some 20 times as much memory. */
const mostWholeBytes = 32 * 1024 * 1024;

/** A file that is text, whatever kind of text: decoded, told apart and read. */
export const parseTextual = async (
  bytes: Uint8Array,
  fileName: string,
): Promise<{ readonly format: Format } & ParsedFile> => {
  checkSize(bytes, mostWholeBytes, fileName);
  const { text, encoding } = await decodeText(bytes, declaredEncoding(bytes));
  const structure = structureOf(text, fileName);
  switch (structure?.format) {
    case "html": {
      const { declaredCharset } = await import("./formats/html-charset.ts");
      const { parseHtml } = await import("./formats/html.ts");
      // Where it is not Unicode the page says itself in what it is written.
      const page = encoding.startsWith("utf") ? text : (await decodeText(bytes, declaredCharset(bytes))).text;
      return { format: "html", ...parseHtml(page) };
    }
    case "subtitles": {
      const { parseSubtitles } = await import("./formats/subtitles.ts");
      return { format: "subtitles", ...parseSubtitles(text) };
    }
    case "ipynb": {
      const { parseNotebook } = await import("./formats/ipynb.ts");
      return { format: "ipynb", ...parseNotebook(structure.value) };
    }
    case "json": {
      const { jsonBlocks } = await import("./formats/json.ts");
      return { format: "json", pageCount: null, blocks: jsonBlocks(structure.value) };
    }
    case "jsonl": {
      const { jsonLinesBlocks } = await import("./formats/json-lines.ts");
      return { format: "jsonl", pageCount: null, blocks: await Array.fromAsync(jsonLinesBlocks(only(text))) };
    }
    case "xml": {
      const { parseXml } = await import("./formats/xml.ts");
      return { format: "xml", ...parseXml(text) };
    }
    case "csv": {
      const { csvBlocks } = await import("./formats/csv.ts");
      return {
        format: "csv",
        pageCount: null,
        blocks: await Array.fromAsync(csvBlocks(only(text), structure.delimiter)),
      };
    }
    case undefined:
  }
  if (plainFormat(text, extname(fileName).toLowerCase()) === "markdown") {
    const { parseMarkdown } = await import("./formats/markdown.ts");
    return { format: "markdown", ...parseMarkdown(text) };
  }
  const { parseText } = await import("./formats/text.ts");
  return { format: "text", ...parseText(text) };
};

const checkSize = (bytes: Uint8Array, most: number, fileName: string): void => {
  if (bytes.length <= most) return;
  const sentence =
    `is above the ${most / 1024 / 1024} MB up to which its kind of file is read. Split it, or save it as plain text, a ` +
    "table (CSV) or JSON lines, which may be larger.";
  throw fileProblem("file_too_large", fileName, sentence);
};

async function* only(text: string): AsyncGenerator<string> {
  yield text;
}
