import { zip } from "../../zip.ts";
import type { Tongue } from "../prose.ts";
import type { Random } from "../random.ts";
import { type Body, makeStory, storyTruth } from "../story.ts";
import type { CorpusFile } from "../truth.ts";
import { escaped } from "./markup.ts";
import { contentTypes, relationships, xml } from "./ooxml-parts.ts";

const wordNs = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';

/** Word's styles under their English names, or renamed as a Russian template does. */
export const docxFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const story = makeStory(random, { tongue, size, kinds: ["list", "table"], nested: true });
  const names = tongue === "russian" && random.chance(0.5) ? ["Название", "Заголовок"] : ["Title", "heading"];
  const styles = [
    `<w:style w:type="paragraph" w:styleId="a3"><w:name w:val="${names[0]}"/></w:style>`,
    ...[1, 2, 3].map(
      (level) => `<w:style w:type="paragraph" w:styleId="h${level}"><w:name w:val="${names[1]} ${level}"/></w:style>`,
    ),
  ];
  // Programs break a line of text into runs anywhere.
  const run = (text: string): string => `<w:r><w:t xml:space="preserve">${escaped(text)}</w:t></w:r>`;
  const runs = (text: string): string => {
    const at = random.integer(0, text.length);
    return /[\ud800-\udbff]$/.test(text.slice(0, at)) ? run(text) : run(text.slice(0, at)) + run(text.slice(at));
  };
  const p = (text: string, properties = ""): string =>
    `<w:p>${properties === "" ? "" : `<w:pPr>${properties}</w:pPr>`}${runs(text)}</w:p>`;
  const styled = (style: string, text: string): string => p(text, `<w:pStyle w:val="${style}"/>`);
  const block = (body: Body): string => {
    if (body.kind === "list") {
      const list = body.ordered ? 2 : 1;
      return body.items
        .map(({ depth, text }) => p(text, `<w:numPr><w:ilvl w:val="${depth}"/><w:numId w:val="${list}"/></w:numPr>`))
        .join("");
    }
    if (body.kind !== "table") return p(body.text);
    const cell = (text: string): string => `<w:tc>${p(text)}</w:tc>`;
    return `<w:tbl>${body.rows.map((row) => `<w:tr>${row.map(cell).join("")}</w:tr>`).join("")}</w:tbl>`;
  };
  const sections = story.sections.map(
    ({ heading, level, body }) => styled(`h${level - 1}`, heading) + body.map(block).join(""),
  );
  const level = (index: number, format: string): string =>
    `<w:lvl w:ilvl="${index}"><w:numFmt w:val="${format}"/><w:lvlText w:val="•"/></w:lvl>`;
  const numbering = ["bullet", "decimal"].map(
    (format, id) => `<w:abstractNum w:abstractNumId="${id}">${level(0, format)}${level(1, "bullet")}</w:abstractNum>`,
  );
  const uses = [1, 2].map((id) => `<w:num w:numId="${id}"><w:abstractNumId w:val="${id - 1}"/></w:num>`);
  const bytes = zip({
    "[Content_Types].xml": contentTypes([
      ["/word/document.xml", "wordprocessingml.document.main"],
      ["/word/styles.xml", "wordprocessingml.styles"],
      ["/word/numbering.xml", "wordprocessingml.numbering"],
    ]),
    "_rels/.rels": relationships([["rId1", "officeDocument", "word/document.xml"]]),
    "word/_rels/document.xml.rels": relationships([
      ["rId1", "styles", "styles.xml"],
      ["rId2", "numbering", "numbering.xml"],
    ]),
    "word/styles.xml": xml(`<w:styles ${wordNs}>${styles.join("")}</w:styles>`),
    "word/numbering.xml": xml(`<w:numbering ${wordNs}>${numbering.join("")}${uses.join("")}</w:numbering>`),
    "word/document.xml": xml(
      `<w:document ${wordNs}><w:body>${styled("a3", story.title)}${sections.join("")}<w:sectPr/></w:body></w:document>`,
    ),
  });
  return { name: "contract.docx", format: "docx", bytes, pageCount: null, truth: storyTruth(story) };
};
