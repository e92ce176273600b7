import type { Block, ParsedFile, Warning } from "../block.ts";
import { fileProblem } from "../problem.ts";
import { openZip, readEntry, type ZipFile } from "../zip-file.ts";
import { labelsFor } from "./labels.ts";
import { readShapes, type Shape } from "./pptx-shapes.ts";
import { readRelationships } from "./relationships.ts";
import { descendants, parseXml, type XmlElement } from "./xml-tree.ts";

const presentationPart = "ppt/presentation.xml";

/**
 * A PowerPoint presentation: each slide's number is its page, its title a heading, its notes under a heading of their
 * own. Hidden slides are read and say so. A slide that cannot be read is a warning.
 * @throws {PermanentError} file_bomb, file_corrupt
 */
export const parsePptx = async (bytes: Uint8Array, fileName: string): Promise<ParsedFile> => {
  const zip = await openZip(bytes, fileName);
  const parts = await slideParts(zip, fileName).catch((error: unknown) => {
    throw fileProblem(
      "file_corrupt",
      fileName,
      "is damaged: it lists no slides. Save it again and upload that.",
      error,
    );
  });
  const blocks: Block[] = [];
  const warnings: Warning[] = [];
  for (const [index, part] of parts.entries()) {
    const page = index + 1;
    try {
      blocks.push(...(await slideBlocks(zip, part, page, fileName)));
    } catch {
      const message = `Slide ${page} of "${fileName}" is damaged and was left out. Save the file again and upload that.`;
      warnings.push({ code: "part_unreadable", message, page });
    }
  }
  if (parts.length > 0 && warnings.length === parts.length) {
    throw fileProblem("file_corrupt", fileName, "is damaged: none of its slides can be read. Save it again.");
  }
  return { pageCount: parts.length, blocks, warnings };
};

/** The slides' entries in the order they are shown. */
const slideParts = async (zip: ZipFile, fileName: string): Promise<string[]> => {
  const presentation = await parseXml(await readEntry(zip, presentationPart, fileName));
  const targets = new Map((await readRelationships(zip, presentationPart)).map(({ id, target }) => [id, target]));
  return descendants(presentation, "sldId").flatMap(({ attributes }) => targets.get(attributes["r:id"] ?? "") ?? []);
};

const slideBlocks = async (zip: ZipFile, part: string, page: number, fileName: string): Promise<Block[]> => {
  const slide = await parseXml(await readEntry(zip, part, fileName));
  const relationships = await readRelationships(zip, part);
  const diagrams = new Map<string, XmlElement>();
  for (const { id, type, target } of relationships) {
    const data = type === "diagramData" ? await zip.read(target) : undefined;
    if (data !== undefined) diagrams.set(id, await parseXml(data));
  }
  const shapes = readShapes(slide, diagrams);
  const notesPart = relationships.find(({ type }) => type === "notesSlide")?.target;
  const notesBytes = notesPart === undefined ? undefined : await zip.read(notesPart);
  const notes = notesBytes === undefined ? [] : readShapes(await parseXml(notesBytes)).filter(isNotes);
  const { title, body } = splitTitle(shapes);
  const noteBlocks = notes.flatMap((shape) => shape.blocks);
  if (title === "" && body.length === 0 && noteBlocks.length === 0) return [];

  const labels = labelsFor([title, ...[...body, ...noteBlocks].map((block) => block.text)]);
  const heading = title === "" ? `${labels.slide} ${page}` : title;
  const hidden = /^(0|false)$/.test(slide.attributes["show"] ?? "") ? ` (${labels.hidden})` : "";
  return [
    { kind: "heading" as const, text: `${heading}${hidden}`, level: 1 },
    ...body,
    ...(noteBlocks.length === 0 ? [] : [{ kind: "heading" as const, text: labels.notes, level: 2 }, ...noteBlocks]),
  ].map((block) => ({ ...block, page }));
};

/** A notes page also holds the slide's picture, number and date. */
const isNotes = ({ placeholder }: Shape): boolean => placeholder === "body" || placeholder === undefined;

const splitTitle = (shapes: readonly Shape[]): { readonly title: string; readonly body: readonly Block[] } => {
  const isTitle = ({ placeholder }: Shape): boolean => placeholder === "title" || placeholder === "ctrTitle";
  const text = (shape: Shape): string => shape.blocks.map((block) => block.text.replace(/^- /gm, "")).join(" ");
  return {
    title: shapes.filter(isTitle).map(text).join(" ").replace(/\s+/gu, " ").trim(),
    body: shapes.filter((shape) => !isTitle(shape)).flatMap((shape) => shape.blocks),
  };
};
