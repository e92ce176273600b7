import { expect, test } from "vitest";
import { selectAttachments } from "./select-attachments.ts";

const text = (name: string, content = "text") => ({ name, mime: "text/plain", bytes: Buffer.from(content) });
const picture = {
  name: "photo.png",
  mime: "image/png",
  bytes: Buffer.from("89504e470d0a1a0a0000000d4948445200000001000000010806000000", "hex"),
};
const names = (attachments: readonly { readonly name: string }[]): string[] => attachments.map(({ name }) => name);

test("what cannot be read is named in a warning; the rest goes on", async () => {
  const all = [
    text("a.txt"),
    picture,
    text("empty.txt", ""),
    { ...text("p.exe"), bytes: Buffer.from("MZ\u0000\u0001\u0002") },
  ];
  const { attachments, warnings } = await selectAttachments(all, { mailDepth: 0, readsPictures: false });
  expect(names(attachments)).toEqual(["a.txt"]);
  expect(warnings.map(({ code, message }) => [code, /"([^"]+)"/.exec(message)?.[1]])).toEqual([
    ["attachment_skipped", "photo.png"],
    ["attachment_skipped", "empty.txt"],
    ["attachment_skipped", "p.exe"],
  ]);
});

test("pictures are read where text recognition is on", async () => {
  expect(names((await selectAttachments([picture], { mailDepth: 0, readsPictures: true })).attachments)).toEqual([
    "photo.png",
  ]);
});

test("at most 100, and none of a message attached three deep", async () => {
  const many = Array.from({ length: 102 }, (_, at) => text(`${at}.txt`));
  const first = await selectAttachments(many, { mailDepth: 2, readsPictures: false });
  expect([first.attachments.length, first.warnings.length]).toEqual([100, 2]);
  const deep = await selectAttachments(many.slice(0, 1), { mailDepth: 3, readsPictures: false });
  expect([deep.attachments.length, deep.warnings.length]).toEqual([0, 1]);
});
