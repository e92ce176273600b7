import { zip } from "../../zip.ts";
import type { Tongue } from "../prose.ts";
import type { Random } from "../random.ts";
import { type Body, makeStory, storyTruth } from "../story.ts";
import type { CorpusFile } from "../truth.ts";
import { escaped } from "./markup.ts";
import { xml } from "./ooxml-parts.ts";

const odtNs = ["office", "text", "table", "style"]
  .map((name) => `xmlns:${name}="urn:oasis:names:tc:opendocument:xmlns:${name}:1.0"`)
  .join(" ");

/** OpenDocument 1.3 as its specification has it, white space as elements. */
export const odtFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const story = makeStory(random, { tongue, size, kinds: ["list", "table"], nested: true });
  const p = (text: string): string => `<text:p text:style-name="P1">${escaped(text)}</text:p>`;
  const item = (text: string, inner: string): string => `<text:list-item>${p(text)}${inner}</text:list-item>`;
  const block = (body: Body): string => {
    if (body.kind === "table") {
      const cell = (text: string): string => `<table:table-cell>${p(text)}</table:table-cell>`;
      const row = (cells: readonly string[]): string =>
        `<table:table-row>${cells.map(cell).join("")}</table:table-row>`;
      const [header = [], ...rows] = body.rows;
      const head = random.chance(0.5)
        ? `<table:table-header-rows>${row(header)}</table:table-header-rows>`
        : row(header);
      return `<table:table><table:table-column table:number-columns-repeated="${header.length}"/>${head}${rows.map(row).join("")}</table:table>`;
    }
    if (body.kind !== "list") return p(body.text);
    const items: string[] = [];
    for (let at = 0; at < body.items.length;) {
      const own = body.items[at];
      let end = at + 1;
      while (body.items[end]?.depth === 1) end += 1;
      const inner = body.items.slice(at + 1, end).map(({ text }) => item(text, ""));
      items.push(item(own?.text ?? "", inner.length === 0 ? "" : `<text:list>${inner.join("")}</text:list>`));
      at = end;
    }
    return `<text:list text:style-name="${body.ordered ? "L2" : "L1"}">${items.join("")}</text:list>`;
  };
  const h = (level: number, text: string): string => `<text:h text:outline-level="${level}">${escaped(text)}</text:h>`;
  const automatic =
    '<style:style style:name="P9" style:family="paragraph" style:parent-style-name="Title"/>' +
    '<text:list-style style:name="L1"><text:list-level-style-bullet text:level="1"/></text:list-style>' +
    '<text:list-style style:name="L2"><text:list-level-style-number text:level="1" style:num-format="1"/></text:list-style>';
  const sections = story.sections.map(({ heading, level, body }) => h(level - 1, heading) + body.map(block).join(""));
  const title = `<text:p text:style-name="P9">${escaped(story.title)}</text:p>`;
  const content = `<office:document-content ${odtNs} office:version="1.3"><office:automatic-styles>${automatic}</office:automatic-styles><office:body><office:text>${title}${sections.join("")}</office:text></office:body></office:document-content>`;
  const bytes = zip({
    mimetype: Buffer.from("application/vnd.oasis.opendocument.text"),
    "META-INF/manifest.xml": xml(
      '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/></manifest:manifest>',
    ),
    "content.xml": xml(content),
    "styles.xml": xml(
      `<office:document-styles ${odtNs} office:version="1.3"><office:styles/></office:document-styles>`,
    ),
  });
  return { name: "manual.odt", format: "odt", bytes, pageCount: null, truth: storyTruth(story) };
};
