import type { Attachment, Block, ParsedFile } from "../block.ts";
import { htmlBlocks } from "./html-blocks.ts";
import { parseHtmlTree } from "./html-tree.ts";
import { labelsFor } from "./labels.ts";
import { parseText } from "./text.ts";

/** A message, whichever program wrote it. */
export interface Mail {
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly copy: string;
  /** As far as it is known; ISO 8601. */
  readonly date: string;
  readonly html: string;
  readonly text: string;
  readonly attachments: readonly Attachment[];
}

/** The subject as heading, who wrote to whom and when, then the body: from its HTML where that holds text. */
export const mailBlocks = (mail: Mail): ParsedFile => {
  const fromHtml = mail.html === "" ? [] : htmlBlocks(parseHtmlTree(mail.html));
  const body = fromHtml.length > 0 ? fromHtml : parseText(mail.text).blocks;
  const labels = labelsFor([mail.subject, ...body.map((block) => block.text)]);
  const head = [
    [labels.from, mail.from],
    [labels.to, mail.to],
    [labels.copy, mail.copy],
    [labels.date, mail.date],
  ].filter(([, value]) => value !== "");
  const blocks: Block[] = [
    { kind: "heading", text: mail.subject.trim() === "" ? labels.noSubject : mail.subject, level: 1 },
    { kind: "text", text: head.map(([label, value]) => `${label}: ${value}`).join("\n") },
    ...body.map((block) => (block.kind === "heading" ? { ...block, level: block.level + 1 } : block)),
  ];
  return { pageCount: null, blocks, attachments: mail.attachments };
};

/** A name without path parts or control characters; senders may write anything. */
export const attachmentName = (name: string, otherwise: string): string => {
  const last = name
    .split(/[/\\]/)
    .at(-1)
    // eslint-disable-next-line no-control-regex -- these are the characters to remove
    ?.replace(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/gu, "")
    .toWellFormed()
    .trim();
  return last === undefined || /^\.{0,2}$/.test(last) ? otherwise : shortened(last);
};

/** To 200 characters, from the middle: the end says which format it is. */
const shortened = (name: string): string => {
  const points = [...name];
  return points.length <= 200 ? name : [...points.slice(0, 180), ...points.slice(-20)].join("");
};
