import iconv from "iconv-lite";
import { type Body, bodyText, makeStory } from "../story.ts";
import { paragraph, phrase, type Tongue } from "../prose.ts";
import type { Random } from "../random.ts";
import type { CorpusFile, Truth } from "../truth.ts";
import { compoundFile } from "./compound-file.ts";
import { htmlOf } from "./markup.ts";

const labels = {
  russian: { from: "От кого", to: "Кому", date: "Дата" },
  english: { from: "From", to: "To", date: "Date" },
} as const;

interface Letter {
  readonly subject: string;
  readonly sender: { readonly name: string; readonly address: string };
  readonly receiver: string;
  readonly body: readonly Body[];
  readonly attachments: readonly { readonly name: string; readonly bytes: Buffer }[];
}

const makeLetter = (random: Random, tongue: Tongue, size: number): Letter => {
  const { sections } = makeStory(random, { tongue, size, sections: [1, 1], kinds: ["list", "table"] });
  const attachments = Array.from({ length: random.integer(0, 3) }, (_, at) => ({
    name: tongue === "russian" ? `приложение ${at + 1}.txt` : `annex ${at + 1}.md`,
    bytes: Buffer.from(paragraph(random, tongue, 1, 20)),
  }));
  return {
    subject: `${phrase(random, tongue, 2, 9)} ${random.integer(1, 999)}`,
    sender: { name: tongue === "russian" ? "Анна Петрова" : "Ann Peters", address: "ann@example.org" },
    receiver: "bob@example.com",
    body: sections.flatMap(({ body }) => body),
    attachments,
  };
};

const letterTruth = (letter: Letter, tongue: Tongue, date: string): Truth[] => {
  const { subject, sender, receiver, body } = letter;
  const label = labels[tongue];
  const path = [subject];
  const head = `${label.from}: ${sender.name} <${sender.address}>\n${label.to}: ${receiver}\n${label.date}: ${date}`;
  return [
    { kind: "heading", text: subject, path },
    { kind: "text", text: head, path },
    ...body.map((each) => ({ kind: each.kind, text: bodyText(each), path })),
  ];
};

/** RFC 5322 and MIME: HTML beside plain text, encoded headers and names, attachments. */
export const emlFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const letter = makeLetter(random, tongue, size);
  const charset = tongue === "russian" ? random.pick(["utf-8", "windows-1251", "koi8-r"]) : "utf-8";
  const lacks = (text: string): boolean => iconv.decode(iconv.encode(text, charset), charset) !== text;
  const html = `<html><body>${letter.body.map(htmlOf).join("\n")}</body></html>`;
  const used = lacks(html + letter.subject) ? "utf-8" : charset;
  const word = (text: string): string => `=?${used}?B?${iconv.encode(text, used).toString("base64")}?=`;
  // An encoded word holds at most 75 characters: longer texts are several, parted between letters.
  const words = (text: string): string => (text.match(/[^]{1,15}/gu) ?? []).map(word).join("\r\n ");
  const part = (type: string, text: string): string => {
    const bytes = iconv.encode(text, used);
    const isQuoted = random.chance(0.5);
    const body = isQuoted ? quotedPrintable(bytes) : base64(bytes);
    return `Content-Type: ${type}; charset=${used}\r\nContent-Transfer-Encoding: ${isQuoted ? "quoted-printable" : "base64"}\r\n\r\n${body}`;
  };
  const multipart = (kind: string, boundary: string, parts: readonly string[]): string =>
    `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n${parts.map((each) => `--${boundary}\r\n${each}\r\n`).join("")}--${boundary}--\r\n`;
  const text = part("text/plain", letter.body.map(bodyText).join("\n\n"));
  const alternative = multipart("alternative", "alt", [text, part("text/html", html)]);
  const files = letter.attachments.map(
    ({ name, bytes }) =>
      `Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}\r\n` +
      `Content-Transfer-Encoding: base64\r\n\r\n${base64(bytes)}`,
  );
  const head = [
    "Received: from mail.example.org by example.com; Fri, 3 May 2024 10:20:32 +0000",
    `From: ${words(letter.sender.name)} <${letter.sender.address}>`,
    `To: ${letter.receiver}`,
    `Subject: ${words(letter.subject)}`,
    "Date: Fri, 3 May 2024 13:20:30 +0300",
    "MIME-Version: 1.0",
  ].join("\r\n");
  const body = files.length === 0 ? alternative : multipart("mixed", "mix", [alternative, ...files]);
  const truth = letterTruth(letter, tongue, "2024-05-03T10:20:30.000Z");
  const bytes = Buffer.from(`${head}\r\n${body}`, "latin1");
  return { name: "mail.eml", format: "eml", bytes, pageCount: null, truth, attachments: letter.attachments };
};

const base64 = (bytes: Buffer): string => (bytes.toString("base64").match(/.{1,76}/g) ?? []).join("\r\n");

const quotedPrintable = (bytes: Buffer): string => {
  let text = "";
  let line = 0;
  for (const byte of bytes) {
    const isPlain = byte === 0x0a || (byte >= 0x20 && byte < 0x7f && byte !== 0x3d);
    const next = isPlain ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    if (byte === 0x0a) {
      text += "\r\n";
      line = 0;
      continue;
    }
    if (line + next.length > 75) {
      text += "=\r\n";
      line = 0;
    }
    text += next;
    line += next.length;
  }
  return text;
};

/** An Outlook message ([MS-OXMSG]) with its texts in UTF-16. */
export const msgFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const letter = makeLetter(random, tongue, size);
  const wide = (text: string): Buffer => Buffer.from(text, "utf16le");
  const sentAt = (BigInt(Date.UTC(2024, 4, 3, 10, 20, 30)) + 11_644_473_600_000n) * 10_000n;
  const name = (tag: number): string => `__substg1.0_${tag.toString(16).toUpperCase().padStart(8, "0")}`;
  const html = `<html><meta charset="utf-8"><body>${letter.body.map(htmlOf).join("\n")}</body></html>`;
  const texts: readonly (readonly [tag: number, bytes: Buffer])[] = [
    [0x001a_001f, wide("IPM.Note")],
    [0x0037_001f, wide(letter.subject)],
    [0x0c1a_001f, wide(letter.sender.name)],
    [0x5d01_001f, wide(letter.sender.address)],
    [0x1000_001f, wide(letter.body.map(bodyText).join("\r\n\r\n"))],
    [0x1013_0102, Buffer.from(html)],
  ];
  const fixed = (tag: number, value: bigint): Buffer => {
    const entry = Buffer.alloc(16);
    entry.writeUInt32LE(tag >>> 0, 0);
    entry.writeUInt32LE(6, 4);
    entry.writeBigUInt64LE(value, 8);
    return entry;
  };
  const sizes = (entries: readonly (readonly [tag: number, bytes: Buffer])[]): Buffer[] =>
    entries.map(([tag, bytes]) => fixed(tag, BigInt(bytes.length + ((tag & 0xffff) === 0x1f ? 2 : 0))));
  const header = Buffer.alloc(32);
  header.writeUInt32LE(1, 8);
  header.writeUInt32LE(letter.attachments.length, 12);
  header.writeUInt32LE(1, 16);
  header.writeUInt32LE(letter.attachments.length, 20);
  const receiver: readonly (readonly [tag: number, bytes: Buffer])[] = [
    [0x3001_001f, wide(letter.receiver)],
    [0x39fe_001f, wide(letter.receiver)],
  ];
  const streams = (entries: readonly (readonly [tag: number, bytes: Buffer])[]) =>
    Object.fromEntries(entries.map(([tag, bytes]) => [name(tag), bytes]));
  const index = (at: number): string => at.toString(16).toUpperCase().padStart(8, "0");
  const attachments = letter.attachments.map(({ name: fileName, bytes }, at) => {
    const entries: readonly (readonly [tag: number, bytes: Buffer])[] = [
      [0x3707_001f, wide(fileName)],
      [0x370e_001f, wide("application/octet-stream")],
      [0x3701_0102, bytes],
    ];
    const method = fixed(0x3705_0003, 1n);
    const properties = Buffer.concat([Buffer.alloc(8), method, ...sizes(entries)]);
    return [
      `__attach_version1.0_#${index(at)}`,
      { ...streams(entries), "__properties_version1.0": properties },
    ] as const;
  });
  const bytes = compoundFile({
    ...streams(texts),
    "__properties_version1.0": Buffer.concat([header, fixed(0x0039_0040, sentAt), ...sizes(texts)]),
    [`__recip_version1.0_#${index(0)}`]: {
      ...streams(receiver),
      "__properties_version1.0": Buffer.concat([Buffer.alloc(8), fixed(0x0c15_0003, 1n), ...sizes(receiver)]),
    },
    ...Object.fromEntries(attachments),
    "__nameid_version1.0": { "__substg1.0_00020102": Buffer.alloc(0) },
  });
  const truth = letterTruth(letter, tongue, "2024-05-03T10:20:30.000Z");
  return { name: "letter.msg", format: "msg", bytes, pageCount: null, truth, attachments: letter.attachments };
};
