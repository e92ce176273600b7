import { deflateSync } from "node:zlib";
import { zip } from "../zip.ts";

export const megabytes = 1024 * 1024;
export const repeat = (text: string, bytes: number): Buffer =>
  Buffer.alloc(Math.floor(bytes / text.length) * text.length, text);
export const within = (head: string, fill: string, bytes: number, tail: string): Buffer =>
  Buffer.concat([Buffer.from(head), repeat(fill, bytes), Buffer.from(tail)]);

export const sheetRows = within(
  '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>',
  '<row><c t="s"><v>0</v></c><c t="s"><v>0</v></c></row>',
  2 * megabytes,
  "</sheetData></worksheet>",
);
export const workbook = (parts: Readonly<Record<string, Buffer>>): Buffer =>
  zip({
    "[Content_Types].xml": Buffer.from(
      '<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    ),
    "_rels/.rels": Buffer.from(
      '<Relationships><Relationship Id="r1" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    ),
    "xl/workbook.xml": Buffer.from('<workbook xmlns:r="r"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>'),
    "xl/_rels/workbook.xml.rels": Buffer.from(
      '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="sheet.xml"/><Relationship Id="r2" Type="x/sharedStrings" Target="strings.xml"/></Relationships>',
    ),
    ...parts,
  });
export const word = (document: Buffer): Buffer =>
  zip({ "[Content_Types].xml": Buffer.from("<Types/>"), "word/document.xml": document });
export const odt = (content: Buffer): Buffer =>
  zip({ mimetype: Buffer.from("application/vnd.oasis.opendocument.text"), "content.xml": content });
export const epub = (chapter: Buffer): Buffer =>
  zip({
    mimetype: Buffer.from("application/epub+zip"),
    "META-INF/container.xml": Buffer.from(
      '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>',
    ),
    "b.opf": Buffer.from(
      '<package><manifest><item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c"/></spine></package>',
    ),
    "c.xhtml": chapter,
  });
export const pptx = (slide: Buffer): Buffer =>
  zip({
    "[Content_Types].xml": Buffer.from("<Types/>"),
    "ppt/presentation.xml": Buffer.from('<p xmlns:r="r"><sldIdLst><sldId r:id="r1"/></sldIdLst></p>'),
    "ppt/_rels/presentation.xml.rels": Buffer.from(
      '<Relationships><Relationship Id="r1" Type="x/slide" Target="slides/slide1.xml"/></Relationships>',
    ),
    "ppt/slides/slide1.xml": slide,
  });

export const laughs = (root: string, text: string): string => {
  const entities = Array.from({ length: 12 }, (_, at) =>
    at === 0 ? '<!ENTITY e0 "ha">' : `<!ENTITY e${at} "${`&e${at - 1};`.repeat(10)}">`,
  );
  return `<?xml version="1.0"?><!DOCTYPE ${root} [${entities.join("")}]>${text}`;
};

interface PdfObject {
  readonly dictionary: string;
  readonly stream?: Buffer;
}

/** A PDF of one page with a classic table of objects. */
export const pdf = (content: PdfObject, more: readonly PdfObject[] = []): Buffer => {
  const objects: PdfObject[] = [
    { dictionary: "/Type /Catalog /Pages 2 0 R" },
    { dictionary: "/Type /Pages /Kids [3 0 R] /Count 1" },
    {
      dictionary:
        "/Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>",
    },
    content,
    ...more,
  ];
  const pieces: Buffer[] = [Buffer.from("%PDF-1.7\n")];
  const offsets: number[] = [];
  let at = 9;
  for (const [index, { dictionary, stream }] of objects.entries()) {
    offsets.push(at);
    const length = stream === undefined ? "" : ` /Length ${stream.length}`;
    const head = Buffer.from(
      `${index + 1} 0 obj\n<< ${dictionary}${length} >>\n${stream === undefined ? "" : "stream\n"}`,
    );
    const tail = Buffer.from(stream === undefined ? "endobj\n" : "\nendstream\nendobj\n");
    const object = Buffer.concat([head, stream ?? Buffer.alloc(0), tail]);
    pieces.push(object);
    at += object.length;
  }
  const rows = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  pieces.push(
    Buffer.from(
      `xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(pieces);
};
export const flate = (bytes: Buffer): PdfObject => ({
  dictionary: "/Filter /FlateDecode",
  stream: deflateSync(bytes, { level: 9 }),
});

export const mail = (head: readonly string[], body: string): Buffer =>
  Buffer.from(
    ["From: a@example.org", "To: b@example.org", "Subject: x", "MIME-Version: 1.0", ...head, "", body].join("\r\n"),
  );
export const nestedParts = (levels: number): string => {
  let body = "";
  for (let level = 1; level < levels; level += 1) {
    body += `--b${level - 1}\r\nContent-Type: multipart/mixed; boundary="b${level}"\r\n\r\n`;
  }
  return body;
};
export const nestedMessages = (levels: number): string =>
  "Content-Type: message/rfc822\r\n\r\nFrom: a@example.org\r\nTo: b@example.org\r\nSubject: y\r\nMIME-Version: 1.0\r\n".repeat(
    levels,
  ) + "\r\nend";

/** Every size it declares becomes 100 bytes. */
export const lyingSize = (archive: Buffer): Buffer => {
  const lying = Buffer.from(archive);
  for (let at = lying.indexOf("PK\u0001\u0002"); at !== -1; at = lying.indexOf("PK\u0001\u0002", at + 1))
    lying.writeUInt32LE(100, at + 24);
  return lying;
};
