import { zip } from "../../zip.ts";
import { paragraph, phrase, type Tongue } from "../prose.ts";
import type { Random } from "../random.ts";
import { bodyText } from "../story.ts";
import { type CorpusFile, tableText, type Truth } from "../truth.ts";
import { escaped } from "./markup.ts";
import { contentTypes, officeRelations, relationships, xml } from "./ooxml-parts.ts";

const slideNs =
  'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" ' +
  `xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="${officeRelations}"`;

/** Slides with a title, items or a table, some with notes, in an order that the file names do not show. */
export const pptxFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const truth: Truth[] = [];
  const count = random.integer(2, 12) * size;
  const parts: Record<string, Buffer> = {};
  const overrides: [string, string][] = [["/ppt/presentation.xml", "presentationml.presentation.main"]];
  // The first slide shown may well be slide7.xml.
  const fileOf = (index: number): number => count - index;
  for (let index = 0; index < count; index += 1) {
    const page = index + 1;
    const title = `${phrase(random, tongue)} ${page}`;
    const file = `slide${fileOf(index)}`;
    truth.push({ kind: "heading", text: title, path: [title], page });
    let content: string;
    if (random.chance(0.3)) {
      const rows = [[phrase(random, tongue), "B"], ...Array.from({ length: 3 }, () => [phrase(random, tongue), "12"])];
      content = tableFrame(rows);
      truth.push({ kind: "table", text: tableText(rows), path: [title], page });
    } else {
      const items = Array.from({ length: random.integer(2, 6) }, (_, at) => ({
        depth: at > 0 && random.chance(0.3) ? 1 : 0,
        text: phrase(random, tongue, 3, 9),
      }));
      content = shape("", items.map(({ depth, text }) => paragraphXml(text, depth)).join(""), 'idx="1"');
      const text = bodyText({ kind: "list", ordered: false, items });
      truth.push({ kind: "list", text, path: [title], page });
    }
    parts[`ppt/slides/${file}.xml`] = slide(
      "sld",
      shape("title", paragraphXml(title, 0)) + content + shape("sldNum", paragraphXml(String(page), 0)),
    );
    overrides.push([`/ppt/slides/${file}.xml`, "presentationml.slide"]);
    if (random.chance(0.3)) {
      const note = paragraph(random, tongue, 1, 3);
      const label = tongue === "russian" ? "Заметки докладчика" : "Speaker notes";
      truth.push({ kind: "heading", text: label, path: [title, label], page });
      truth.push({ kind: "text", text: note, path: [title, label], page });
      parts[`ppt/notesSlides/notes${page}.xml`] = slide("notes", shape("body", paragraphXml(note, 0)));
      parts[`ppt/slides/_rels/${file}.xml.rels`] = relationships([
        ["rId1", "notesSlide", `../notesSlides/notes${page}.xml`],
      ]);
    }
  }
  const ids = Array.from({ length: count }, (_, at) => `<p:sldId id="${256 + at}" r:id="rId${at + 1}"/>`);
  const bytes = zip({
    "[Content_Types].xml": contentTypes(overrides),
    "_rels/.rels": relationships([["rId1", "officeDocument", "ppt/presentation.xml"]]),
    "ppt/presentation.xml": xml(`<p:presentation ${slideNs}><p:sldIdLst>${ids.join("")}</p:sldIdLst></p:presentation>`),
    "ppt/_rels/presentation.xml.rels": relationships(
      Array.from({ length: count }, (_, at) => [`rId${at + 1}`, "slide", `slides/slide${fileOf(at)}.xml`] as const),
    ),
    ...parts,
  });
  return { name: "talk.pptx", format: "pptx", bytes, pageCount: count, truth };
};

const slide = (root: string, shapes: string): Buffer =>
  xml(`<p:${root} ${slideNs}><p:cSld><p:spTree><p:nvGrpSpPr/><p:grpSpPr/>${shapes}</p:spTree></p:cSld></p:${root}>`);
const shape = (type: string, paragraphs: string, place = ""): string => {
  const placeholder = `<p:ph${type === "" ? "" : ` type="${type}"`} ${place}/>`;
  return `<p:sp><p:nvSpPr><p:cNvPr id="2" name="x"/><p:cNvSpPr/><p:nvPr>${placeholder}</p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>${paragraphs}</p:txBody></p:sp>`;
};
const paragraphXml = (text: string, depth: number): string => {
  const [first = "", ...rest] = text.split(" ");
  const run = (part: string): string => `<a:r><a:rPr lang="ru-RU"/><a:t>${escaped(part)}</a:t></a:r>`;
  const runs = rest.length === 0 ? run(first) : run(`${first} `) + run(rest.join(" "));
  return `<a:p>${depth > 0 ? `<a:pPr lvl="${depth}"/>` : ""}${runs}</a:p>`;
};
const tableFrame = (rows: readonly (readonly string[])[]): string => {
  const cell = (text: string): string => `<a:tc><a:txBody><a:bodyPr/>${paragraphXml(text, 0)}</a:txBody></a:tc>`;
  const body = rows.map((row) => `<a:tr h="1">${row.map(cell).join("")}</a:tr>`).join("");
  return `<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="t"/></p:nvGraphicFramePr><a:graphic><a:graphicData><a:tbl>${body}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>`;
};
