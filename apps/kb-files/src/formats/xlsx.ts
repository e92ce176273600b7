import { PermanentError } from "@gpt-agent/jobs/errors";
import type { Block, ParsedFile } from "../block.ts";
import { fileProblem } from "../problem.ts";
import { openZip, type ZipFile } from "../zip-file.ts";
import { makeSheetBlocks } from "./sheet-blocks.ts";
import { makeCellFormats } from "./xlsx-cell-format.ts";
import { readMergedAreas } from "./xlsx-merged.ts";
import { type Part, readRelations, readSharedStrings, readStyles, readWorkbook } from "./xlsx-parts.ts";
import { readSheetRows } from "./xlsx-rows.ts";

/** Characters of text for each byte of the unpacked workbook, beyond a first allowance: the cell that repeats a text is itself some 30 bytes. */
const textPerByte = 4;
const smallestAllowance = 2 * 1024 * 1024;

/**
 * An Excel workbook, sheet by sheet in the order of the tabs: each one's name is a heading, its tables know their rows.
 * Cells read as Excel shows them, formulas by their last result; hidden sheets are left out, because their author did.
 * Only one sheet's rows are in the making at a time.
 * @throws {PermanentError} file_bomb before anything is unpacked for good, file_corrupt
 */
export const parseXlsx = async (bytes: Uint8Array, fileName: string): Promise<ParsedFile> => {
  const zip = await openZip(bytes, fileName);
  try {
    return { pageCount: null, blocks: await workbookBlocks(zip, fileName) };
  } catch (error) {
    if (error instanceof PermanentError) throw error;
    throw fileProblem("file_corrupt", fileName, "is damaged: it is no readable workbook. Save it again.", error);
  }
};

const workbookBlocks = async (zip: ZipFile, fileName: string): Promise<Block[]> => {
  // Programs do not agree with themselves about capitals.
  const names = new Map(zip.names.map((name) => [name.toLowerCase(), name]));
  const part = (path: string): Part => zip.pieces(names.get(path.toLowerCase()) ?? "");
  const rootPath = await workbookPath(part);
  const folder = rootPath.slice(0, rootPath.lastIndexOf("/") + 1);
  const file = rootPath.slice(folder.length);
  const relations = await readRelations(part(`${folder}_rels/${file}.rels`), folder);
  const workbook = await readWorkbook(part(rootPath));
  const pathOf = (type: string): string => relations.find((relation) => relation.type === type)?.target ?? "";
  const strings = await readSharedStrings(part(pathOf("sharedStrings")));
  const show = makeCellFormats(await readStyles(part(pathOf("styles"))), workbook.startsAt1904);

  // A text that is stored once may stand in every cell.
  const allowed = smallestAllowance + textPerByte * zip.inflatedBytes;
  let length = 0;
  const count = (cells: readonly string[]): void => {
    for (const cell of cells) length += cell.length;
    if (length <= allowed) return;
    const sentence = `is refused: its cells repeat their texts to more than ${Math.floor(allowed / 1024 / 1024)} MB.`;
    throw fileProblem("file_bomb", fileName, `${sentence} Save the part that matters and upload that.`);
  };
  const blocks: Block[] = [];
  for (const { name, relationId, isHidden } of workbook.sheets) {
    const target = relations.find(({ id, type }) => id === relationId && type === "worksheet")?.target;
    if (isHidden || target === undefined) continue;
    const own: Block[] = [];
    const sheet = makeSheetBlocks((block) => own.push(block), name);
    const merged = await readMergedAreas(part(target));
    await readSheetRows(part(target), { strings, show, merged }, (row) => {
      count(row.cells);
      sheet.add(row);
    });
    sheet.end();
    if (own.length > 0) blocks.push({ kind: "heading", level: 1, text: name, sheet: name });
    for (const block of own) blocks.push(block);
  }
  return blocks;
};

const workbookPath = async (part: (path: string) => Part): Promise<string> => {
  const root = await readRelations(part("_rels/.rels"), "");
  return root.find(({ type }) => type === "officeDocument")?.target ?? "xl/workbook.xml";
};
