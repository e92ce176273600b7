import { describe, expect, test } from "vitest";
import { zip } from "../testing/zip.ts";
import { parsePptx } from "./pptx.ts";

const relations = (...targets: readonly (readonly [type: string, target: string])[]): Buffer =>
  Buffer.from(
    `<Relationships>${targets.map(([type, target], at) => `<Relationship Id="rId${at + 1}" Type="http://x/${type}" Target="${target}"/>`).join("")}</Relationships>`,
  );
const shape = (placeholder: string, ...paragraphs: readonly string[]): string =>
  `<p:sp><p:nvSpPr><p:cNvPr id="1" name="s"/><p:nvPr>${placeholder}</p:nvPr></p:nvSpPr><p:txBody>${paragraphs.map((text) => `<a:p><a:r><a:t>${text}</a:t></a:r></a:p>`).join("")}</p:txBody></p:sp>`;
const slide = (shapes: string, name = "sld", attributes = ""): Buffer =>
  Buffer.from(`<p:${name} ${attributes}><p:cSld><p:spTree>${shapes}</p:spTree></p:cSld></p:${name}>`);
const title = shape('<p:ph type="title"/>', "Title");

/** A deck whose slides come in the given order, with whatever else it needs. */
const deck = (slides: readonly Buffer[], more: Readonly<Record<string, Buffer>> = {}): Buffer =>
  zip({
    "[Content_Types].xml": Buffer.from("<Types/>"),
    "ppt/presentation.xml": Buffer.from(
      `<p:presentation><p:sldIdLst>${slides.map((_, at) => `<p:sldId id="${256 + at}" r:id="rId${at + 1}"/>`).join("")}</p:sldIdLst></p:presentation>`,
    ),
    "ppt/_rels/presentation.xml.rels": relations(
      ...slides.map((_, at) => ["slide", `slides/s${slides.length - at}.xml`] as const),
    ),
    ...Object.fromEntries(slides.map((bytes, at) => [`ppt/slides/s${slides.length - at}.xml`, bytes])),
    ...more,
  });
const read = (bytes: Buffer) => parsePptx(bytes, "deck.pptx");

describe("slides", () => {
  test("in the order of the presentation, not of the files; numbers, dates and hidden shapes are left out", async () => {
    const hidden = shape("", "secret").replace('name="s"', 'name="s" hidden="1"');
    const first = slide(`${shape('<p:ph type="sldNum"/>', "7")}${hidden}${shape("", "Free text")}${title}`);
    const { blocks, pageCount } = await read(deck([first, slide(shape("", "Last"))]));
    expect(pageCount).toBe(2);
    expect(blocks).toEqual([
      { kind: "heading", text: "Title", level: 1, page: 1 },
      { kind: "text", text: "Free text", page: 1 },
      { kind: "heading", text: "Slide 2", level: 1, page: 2 },
      { kind: "text", text: "Last", page: 2 },
    ]);
  });

  test("the layout's content is a list; grouped shapes, merged cells and both forms of a drawing", async () => {
    const content = shape("<p:ph idx='1'/>", "one", "two");
    const group = `<p:grpSp>${shape("", "in a group")}</p:grpSp>`;
    const cell = (text: string, attributes = ""): string =>
      `<a:tc ${attributes}><a:txBody><a:p><a:r><a:t>${text}</a:t></a:r></a:p></a:txBody></a:tc>`;
    const table = `<p:graphicFrame><a:graphic><a:graphicData><a:tbl><a:tr>${cell("a", 'gridSpan="2"')}${cell("", 'hMerge="1"')}</a:tr><a:tr>${cell("1")}${cell("2")}</a:tr></a:tbl></a:graphicData></a:graphic></p:graphicFrame>`;
    const twice = `<mc:AlternateContent><mc:Choice>${shape("", "new")}</mc:Choice><mc:Fallback>${shape("", "old")}</mc:Fallback></mc:AlternateContent>`;
    const { blocks } = await read(deck([slide(title + content + group + table + twice)]));
    expect(blocks.slice(1).map(({ kind, text }) => [kind, text])).toEqual([
      ["list", "- one\n- two"],
      ["text", "in a group"],
      ["table", "| a |  |\n| --- | --- |\n| 1 | 2 |"],
      ["text", "new"],
    ]);
  });

  test("notes as PowerPoint writes them, and SmartArt", async () => {
    const diagram =
      "<p:graphicFrame><a:graphic><a:graphicData><dgm:relIds r:dm='rId2'/></a:graphicData></a:graphic></p:graphicFrame>";
    const notes = slide(shape('<p:ph type="body"/>', "Say hello") + shape('<p:ph type="sldNum"/>', "1"), "notes");
    const { blocks } = await read(
      deck([slide(title + diagram)], {
        "ppt/slides/_rels/s1.xml.rels": relations(["notesSlide", "../notesSlides/n.xml"], ["diagramData", "../d.xml"]),
        "ppt/notesSlides/n.xml": notes,
        "ppt/d.xml": Buffer.from(
          "<dgm:dataModel><dgm:pt><dgm:t><a:p><a:r><a:t>Plan</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:dataModel>",
        ),
      }),
    );
    expect(blocks.map(({ text }) => text)).toEqual(["Title", "- Plan", "Speaker notes", "Say hello"]);
  });
});

describe("damaged and hostile decks", () => {
  test("one bad slide is a warning with its number, all bad is a damaged file", async () => {
    const { blocks, warnings } = await read(deck([slide(title), Buffer.from("<p:sld><p:cSld>")]));
    expect(blocks.map(({ page }) => page)).toEqual([1]);
    expect(warnings).toEqual([
      { code: "part_unreadable", page: 2, message: expect.stringMatching(/^Slide 2 of "deck/) },
    ]);
    await expect(read(deck([Buffer.from("<p:sld>")]))).rejects.toMatchObject({ code: "file_corrupt" });
  });

  test("entities expand to nothing, references lead nowhere, nesting ends", async () => {
    const bomb = Buffer.from(
      `<!DOCTYPE x [<!ENTITY a "${"b".repeat(1_000)}"><!ENTITY f SYSTEM "file:///etc/passwd">]><p:sld><p:cSld><p:spTree>${shape("", "&f;&a;")}</p:spTree></p:cSld></p:sld>`,
    );
    const outside = deck([slide(title)], {
      "ppt/_rels/presentation.xml.rels": relations(["slide", "../../../../etc/passwd"]),
    });
    const nested = slide(`${"<p:grpSp>".repeat(5_000)}${"</p:grpSp>".repeat(5_000)}`);
    for (const bytes of [deck([bomb]), outside, deck([nested])]) {
      await expect(read(bytes)).rejects.toMatchObject({ code: "file_corrupt" });
    }
  });

  test("a bomb is refused before it is read", async () => {
    await expect(read(deck([Buffer.alloc(40 * 1024 * 1024, 32)]))).rejects.toMatchObject({ code: "file_bomb" });
  });
});
