import { readFile } from "node:fs/promises";
import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";
import { parseEml } from "./eml.ts";
import { attachmentName } from "./mail.ts";
import { parseMsg } from "./msg.ts";

const fixture = (name: string): Promise<Buffer> => readFile(new URL(`../../test/fixtures/${name}`, import.meta.url));
const eml = (...lines: readonly string[]) => parseEml(Buffer.from(lines.join("\r\n")), "a.eml");
const header = ["From: Ann <ann@example.org>", "To: bob@example.org", "MIME-Version: 1.0"];

describe("Outlook messages", () => {
  test("Unicode: HTML body, a file and a message attached, which is a message again", async () => {
    const { blocks, attachments = [] } = await parseMsg(await fixture("letter-unicode.msg"), "a.msg");
    expect(blocks).toEqual([
      { kind: "heading", text: "Отчёт о ветре", level: 1 },
      {
        kind: "text",
        text: "От кого: Мария Иванова <maria@example.org>\nКому: Пётр <petr@example.org>\nДата: 2026-05-04T09:30:00.000Z",
      },
      { kind: "text", text: "Здравствуйте!" },
      { kind: "heading", text: "Итоги", level: 2 },
      { kind: "list", text: "- ветер 7 м/с\n- давление упало" },
    ]);
    expect(attachments.map(({ name, mime }) => [name, mime])).toEqual([
      ["итоги.txt", "text/plain"],
      ["Старое письмо.msg", "application/vnd.ms-outlook"],
    ]);
    expect(Buffer.from(attachments[0]?.bytes ?? []).toString()).toBe("Ветер 7 м/с");
    const inner = await parseMsg(attachments[1]?.bytes ?? new Uint8Array(), "b.msg");
    expect(inner.blocks.map(({ text }) => text)).toEqual([
      "Вложенное письмо",
      expect.stringContaining("Пётр"),
      "Текст вложенного письма.",
    ]);
  });

  test("in the code page that it names", async () => {
    const { blocks } = await parseMsg(await fixture("letter-cp1251.msg"), "a.msg");
    expect(blocks.map(({ text }) => text.trim())).toEqual([
      "Заявка на насос",
      expect.stringMatching(/^От кого: Пётр Смирнов <petr@example\.org>\nКому: Склад/),
      "Прошу выдать насос.",
      "Подпись: Пётр",
    ]);
  });

  test("cut anywhere: read, or damaged", async () => {
    const whole = await fixture("letter-unicode.msg");
    for (let length = 512; length < whole.length; length += 700) {
      const outcome = await parseMsg(whole.subarray(0, length), "a.msg").catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: "file_corrupt" });
    }
  });
});

describe("Internet messages", () => {
  test("subject and names of attachments as bare koi8-r bytes", async () => {
    const lines = [
      ...header,
      "Subject: Счёт за май",
      'Content-Type: multipart/mixed; boundary="b"',
      "",
      "--b",
      "Content-Type: text/plain; charset=koi8-r",
      "",
      "Добрый день.",
      "--b",
      "Content-Type: application/octet-stream;",
      '\tname="Счёт на оплату.txt"',
      'Content-Disposition: attachment; filename="Счёт на оплату.txt"',
      "",
      "x",
      "--b--",
      "",
    ];
    const { blocks, attachments } = await parseEml(iconv.encode(lines.join("\r\n"), "koi8-r"), "a.eml");
    expect(blocks[0]?.text).toBe("Счёт за май");
    expect(blocks.at(-1)?.text.trim()).toBe("Добрый день.");
    expect(attachments?.map(({ name }) => name)).toEqual(["Счёт на оплату.txt"]);
  });

  test("koi8-r and windows-1251 bodies, headers of bare bytes", async () => {
    const raw = iconv.encode(
      [
        ...header,
        "Subject: Отчёт о насосах за месяц",
        "Content-Type: text/plain; charset=windows-1251",
        "",
        "Насос исправен.",
      ].join("\r\n"),
      "windows-1251",
    );
    expect((await parseEml(raw, "a.eml")).blocks.map(({ text }) => text.trim())).toEqual([
      "Отчёт о насосах за месяц",
      "От кого: Ann <ann@example.org>\nКому: bob@example.org",
      "Насос исправен.",
    ]);
  });

  test("the HTML form wins, its headings go under the subject, a picture in it is no attachment", async () => {
    const part = (...lines: readonly string[]): string[] => ["--b", ...lines];
    const { blocks, attachments } = await eml(
      ...header,
      "Subject: Plan",
      'Content-Type: multipart/related; boundary="b"',
      "",
      ...part("Content-Type: text/html", "", '<h1>Goals</h1><p>Less <b>noise</b></p><img src="cid:logo">'),
      ...part("Content-Type: image/png", "Content-ID: <logo>", "Content-Disposition: inline", "", "x"),
      "--b--",
    );
    expect(blocks.map(({ kind, text }) => [kind, text.split("\n")[0]])).toEqual([
      ["heading", "Plan"],
      ["text", "From: Ann <ann@example.org>"],
      ["heading", "Goals"],
      ["text", "Less noise"],
    ]);
    expect(attachments).toEqual([]);
  });

  test("a forwarded message is an attachment with a name of its own", async () => {
    const { attachments = [] } = await eml(
      ...header,
      'Content-Type: multipart/mixed; boundary="b"',
      "",
      "--b",
      "Content-Type: message/rfc822",
      "",
      "From: c@example.org",
      "Subject: inner",
      "",
      "text",
      "--b--",
    );
    expect(attachments.map(({ name, mime }) => [name, mime])).toEqual([["attachment-1.eml", "message/rfc822"]]);
    const inner = await parseEml(attachments[0]?.bytes ?? new Uint8Array(), "b.eml");
    expect(inner.blocks[0]?.text).toBe("inner");
  });

  test("parts nested without end are refused", async () => {
    const nested = Array.from({ length: 500 }, (_, at) => [
      `Content-Type: multipart/mixed; boundary="b${at}"`,
      "",
      `--b${at}`,
    ]).flat();
    await expect(eml(...header, ...nested, "", "x")).rejects.toMatchObject({ code: "file_corrupt" });
  });
});

test("attachment names lose paths, controls and direction marks, never their ending", () => {
  expect(attachmentName("../../etc/passwd", "x")).toBe("passwd");
  expect(attachmentName("C:\\dir\\счёт.pdf", "x")).toBe("счёт.pdf");
  expect(attachmentName("a\u0000\u202egpj.exe", "x")).toBe("agpj.exe");
  expect(attachmentName(" .. ", "attachment-1")).toBe("attachment-1");
  expect(attachmentName(`${"я".repeat(400)}.docx`, "x")).toMatch(/^я{195}\.docx$/);
});
