import type { Block, ParsedFile } from "../block.ts";
import { fileProblem } from "../problem.ts";
import { openZip, type ZipFile } from "../zip-file.ts";
import { streamSheetBlocks } from "./sheet-blocks.ts";
import { makeCellFormats } from "./xlsx-cell-format.ts";
import { type Part, readRelations, readSharedStrings, readStyles, readWorkbook } from "./xlsx-parts.ts";
import { mergedAreas, sheetRows } from "./xlsx-rows.ts";

/**
 * An Excel workbook, sheet by sheet in the order of the tabs: each one's name is a heading, its tables know their rows.
 * Cells read as Excel shows them, formulas by their last result; hidden sheets are left out, because their author did.
 * Only one sheet's rows are in the making at a time.
 * @throws {PermanentError} file_bomb before anything is unpacked for good, file_corrupt
 */
export const parseXlsx = async (bytes: Uint8Array, fileName: string): Promise<ParsedFile> => {
  const zip = await openZip(bytes, fileName);
  try {
    return { pageCount: null, blocks: await workbookBlocks(zip) };
  } catch (error) {
    throw fileProblem("file_corrupt", fileName, "is damaged: it is no readable workbook. Save it again.", error);
  }
};

const workbookBlocks = async (zip: ZipFile): Promise<Block[]> => {
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

  const blocks: Block[] = [];
  for (const { name, relationId, isHidden } of workbook.sheets) {
    const target = relations.find(({ id, type }) => id === relationId && type === "worksheet")?.target;
    if (isHidden || target === undefined) continue;
    const merged = await mergedAreas(part(target));
    const rows = sheetRows(part(target), { strings, show, merged });
    const before = blocks.length;
    for await (const block of streamSheetBlocks(rows, name)) blocks.push(block);
    if (blocks.length > before) blocks.splice(before, 0, { kind: "heading", level: 1, text: name, sheet: name });
  }
  return blocks;
};

const workbookPath = async (part: (path: string) => Part): Promise<string> => {
  const root = await readRelations(part("_rels/.rels"), "");
  return root.find(({ type }) => type === "officeDocument")?.target ?? "xl/workbook.xml";
};
