import { deflateSync, gzipSync } from "node:zlib";
import { zip } from "../zip.ts";
import {
  epub,
  flate,
  laughs,
  lyingSize,
  mail,
  megabytes,
  nestedMessages,
  nestedParts,
  odt,
  pdf,
  pptx,
  repeat,
  sheetRows,
  within,
  word,
  workbook,
} from "./containers.ts";

/** A file of about 1 MB that would take hundreds of megabytes, or for ever. */
export interface HostileFile {
  readonly name: string;
  /** How it may end. Some are harmless to a reader that does not follow them: "read". */
  readonly ends: readonly string[];
  readonly bytes: () => Buffer;
  /** Takes seconds of honest work. */
  readonly isSlow?: boolean;
}

const unzips = ["file_bomb"];
const nests = ["file_corrupt", "file_no_text"];

/** Unpack to `inflatedMb`, or repeat what they hold as often: to be refused. */
export const makeBombs = (inflatedMb: number): readonly HostileFile[] => {
  const inflated = inflatedMb * megabytes;
  const spaces = (): Buffer => Buffer.alloc(inflated, 0x20);
  return [
    { name: "spaces.docx", ends: unzips, bytes: () => word(spaces()) },
    {
      name: "rows.xlsx",
      ends: unzips,
      bytes: () =>
        workbook({
          "xl/sheet.xml": within(
            "<worksheet><sheetData>",
            "<row><c><v>1</v></c></row>",
            inflated,
            "</sheetData></worksheet>",
          ),
        }),
    },
    {
      name: "shared-strings.xlsx",
      ends: unzips,
      bytes: () =>
        workbook({
          "xl/sheet.xml": sheetRows,
          "xl/strings.xml": within("<sst><si><t>", "long text ", 30_000, "</t></si></sst>"),
        }),
    },
    { name: "spaces.odt", ends: unzips, bytes: () => odt(spaces()) },
    { name: "spaces.epub", ends: unzips, bytes: () => epub(spaces()) },
    { name: "spaces.pptx", ends: unzips, bytes: () => pptx(spaces()) },
    {
      name: "many-entries.docx",
      ends: unzips,
      bytes: () =>
        zip(
          Object.fromEntries([
            ["word/document.xml", Buffer.from("<a/>")],
            ...Array.from({ length: 10_500 }, (_, at) => [`word/${at}.xml`, Buffer.from("x")]),
          ]),
        ),
    },
    { name: "lying-size.docx", ends: ["file_bomb", "file_corrupt"], bytes: () => lyingSize(word(spaces())) },
    {
      name: "nested.zip",
      ends: ["file_unsupported"],
      bytes: () => zip({ "a.zip": zip({ "b.zip": zip({ c: spaces() }) }) }),
    },
    {
      name: "nested.docx",
      ends: ["read", "file_corrupt"],
      bytes: () =>
        zip({
          "[Content_Types].xml": Buffer.from("<Types/>"),
          "word/document.xml": Buffer.from("<w:document/>"),
          "word/embeddings/a.zip": zip({ c: spaces() }),
        }),
    },
    { name: "spaces.txt.gz", ends: ["file_unsupported"], bytes: () => gzipSync(spaces()) },
    { name: "spaces.pdf", ends: unzips, bytes: () => pdf(flate(spaces())) },
    {
      name: "operators.pdf",
      ends: unzips,
      bytes: () => pdf(flate(within("BT /F1 9 Tf ", "(a) Tj 1 0 Td ", inflated, "ET"))),
    },
    {
      name: "twice.pdf",
      ends: unzips,
      bytes: () =>
        pdf({
          dictionary: "/Filter [/FlateDecode /FlateDecode]",
          stream: deflateSync(deflateSync(spaces(), { level: 9 }), { level: 9 }),
        }),
    },
    {
      name: "object-stream.pdf",
      ends: unzips,
      bytes: () =>
        pdf({ dictionary: "", stream: Buffer.from("BT /F1 9 Tf (text) Tj ET") }, [
          { ...flate(spaces()), dictionary: "/Type /ObjStm /N 1 /First 10 /Filter /FlateDecode" },
        ]),
    },
    {
      name: "many-streams.pdf",
      ends: unzips,
      bytes: () => {
        const stream = deflateSync(Buffer.alloc(16 * megabytes, 0x20), { level: 9 });
        const more = Array.from({ length: 40 }, () => ({ dictionary: "/Filter /FlateDecode", stream }));
        return pdf({ dictionary: "/Filter /FlateDecode", stream }, more);
      },
    },
    {
      name: "parts.eml",
      ends: unzips,
      bytes: () => mail(['Content-Type: multipart/mixed; boundary="b"'], "--b\r\n\r\nx\r\n".repeat(80_000)),
    },
  ];
};

/** Entities, nesting, names that climb, and texts whose search takes the square of their length: to end soon, with a code or read. */
export const hostileFiles: readonly HostileFile[] = [
  {
    name: "path.docx",
    ends: ["file_corrupt"],
    bytes: () => zip({ "word/document.xml": Buffer.from("<a/>"), "../../../../tmp/escape.xml": Buffer.from("<a/>") }),
  },
  { name: "laughs.xml", ends: nests, bytes: () => Buffer.from(laughs("a", "<a>&e11;</a>")) },
  {
    name: "laughs.docx",
    ends: nests,
    bytes: () =>
      word(
        Buffer.from(
          laughs("a", '<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>&e11;</w:t></w:r></w:p></w:body></w:document>'),
        ),
      ),
  },
  {
    name: "laughs.odt",
    ends: nests,
    bytes: () => odt(Buffer.from(laughs("a", "<office:document-content>&e11;</office:document-content>"))),
  },
  {
    name: "laughs.html",
    ends: ["read"],
    bytes: () => Buffer.from(laughs("html", "<html><body><p>text &e11;</p></body></html>")),
  },
  {
    name: "external.xml",
    ends: nests,
    bytes: () => Buffer.from('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
  },
  { name: "deep.xml", ends: ["read"], isSlow: true, bytes: () => repeat("<a>", 900_000) },
  { name: "deep.json", ends: [...nests, "read"], bytes: () => repeat("[", 900_000) },
  { name: "deep-closed.json", ends: nests, bytes: () => Buffer.concat([repeat("[", 450_000), repeat("]", 450_000)]) },
  { name: "deep.html", ends: nests, bytes: () => within("<html><body>", "<div>", 900_000, "x") },
  { name: "deep.rtf", ends: nests, bytes: () => within("{\\rtf1 ", "{", 900_000, "x") },
  {
    name: "deep.md",
    ends: [...nests, "read"],
    isSlow: true,
    bytes: () => within("# a\n\n", "> ", 200_000, "x\n\n- a\n- b"),
  },
  {
    name: "emphasis.md",
    ends: ["read"],
    isSlow: true,
    bytes: () => within("# a\n\n- b\n- c\n\n", "*a **b _c [", 200_000, "x"),
  },
  {
    name: "wide.html",
    ends: ["read"],
    isSlow: true,
    bytes: () =>
      Buffer.from(
        `<html><body><table><tr>${"<td colspan=100>x".repeat(2_000)}</tr>${"<tr><td>y".repeat(80_000)}</table></body></html>`,
      ),
  },
  {
    name: "deep.eml",
    ends: ["file_corrupt", "file_no_text", "read"],
    bytes: () => mail(['Content-Type: multipart/mixed; boundary="b0"'], nestedParts(10_000)),
  },
  {
    name: "messages.eml",
    ends: ["file_corrupt", "file_no_text", "read"],
    isSlow: true,
    bytes: () => Buffer.concat([mail([], "").subarray(0, -4), Buffer.from(`\r\n${nestedMessages(7_000)}`)]),
  },
  { name: "words.eml", ends: ["read"], bytes: () => mail([`X-Long: ${"=?utf-8?Q?a?=\r\n ".repeat(50_000)}`], "text") },
  {
    name: "addresses.eml",
    ends: ["read"],
    isSlow: true,
    bytes: () => mail([`Cc: ${"a@b.example,\r\n ".repeat(50_000)}c@d.example`], "text"),
  },
  {
    name: "quotes.csv",
    ends: ["read", "file_corrupt"],
    isSlow: true,
    bytes: () => within('a,b\n1,2\n3,"', 'x,""', 900_000, ""),
  },
  { name: "one-letter.txt", ends: ["read"], isSlow: true, bytes: () => repeat("a", 900_000) },
];
