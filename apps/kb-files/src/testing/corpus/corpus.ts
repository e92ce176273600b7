import { csvFile, jsonFile, jsonLinesFile, xmlFile } from "./formats/data.ts";
import { docxFile } from "./formats/docx.ts";
import { epubFile } from "./formats/epub.ts";
import { emlFile, msgFile } from "./formats/mail.ts";
import { htmlFile, markdownFile, notebookFile, subtitlesFile, textFile } from "./formats/markup.ts";
import { odtFile } from "./formats/odt.ts";
import { pdfFile } from "./formats/pdf.ts";
import { pptxFile } from "./formats/pptx.ts";
import { rtfFile } from "./formats/rtf.ts";
import { xlsxFile } from "./formats/xlsx.ts";
import type { Tongue } from "./prose.ts";
import { makeRandom, type Random } from "./random.ts";
import type { CorpusFile } from "./truth.ts";

type Writer = (random: Random, tongue: Tongue, size: number) => CorpusFile | Promise<CorpusFile>;

const writers: Readonly<Record<string, Writer>> = {
  text: textFile,
  markdown: markdownFile,
  html: htmlFile,
  pdf: (random, tongue, size) => pdfFile(random, tongue, 1, size),
  "pdf-columns": (random, tongue, size) => pdfFile(random, tongue, 2, size),
  docx: docxFile,
  xlsx: xlsxFile,
  pptx: pptxFile,
  odt: odtFile,
  epub: epubFile,
  rtf: rtfFile,
  csv: csvFile,
  json: jsonFile,
  jsonl: jsonLinesFile,
  xml: xmlFile,
  ipynb: notebookFile,
  subtitles: subtitlesFile,
  eml: emlFile,
  msg: msgFile,
};

export const corpusFormats: readonly string[] = Object.keys(writers);

/**
 * The file of a format and seed; even seeds are Russian, odd ones English. Their names say both.
 * @param size so many times as long
 */
export const corpusFile = async (format: string, seed: number, size = 1): Promise<CorpusFile> => {
  const write = writers[format];
  if (write === undefined) throw new RangeError(`no format ${format}`);
  const random = makeRandom(seed * corpusFormats.length + corpusFormats.indexOf(format));
  const tongue = seed % 2 === 0 ? "russian" : "english";
  const file = await write(random, tongue, size);
  return { ...file, name: `${tongue.slice(0, 2)}-${seed}-${file.name}` };
};

/** `seeds` files of each format. */
export async function* makeCorpus(seeds: number, from = 0): AsyncGenerator<CorpusFile> {
  for (let seed = from; seed < from + seeds; seed += 1) {
    for (const format of corpusFormats) yield corpusFile(format, seed);
  }
}
