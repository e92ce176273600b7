import { expect, test } from "vitest";
import { parseFile } from "../extract-file.ts";

const parse = async (text: string, name: string) => {
  const { format, blocks } = await parseFile(Buffer.from(text), name);
  return { format, texts: blocks.map((block) => block.text) };
};

test("SubRip: cues joined, times kept, marks gone, a pause begins a paragraph", async () => {
  const text =
    "\ufeff1\r\n00:00:01,000 --> 00:00:03,500\r\n<i>Привет,</i>\r\nмир!\r\n\r\n2\r\n00:00:03,600 --> 00:00:05,000\r\n{\\an8}Как дела?\r\n\r\n" +
    "3\r\n01:02:10,000 --> 01:02:12,000\r\nПосле паузы.\r\n";
  expect(await parse(text, "film.srt")).toEqual({
    format: "subtitles",
    texts: ["[00:00:01 – 00:00:05] Привет, мир! Как дела?", "[01:02:10 – 01:02:12] После паузы."],
  });
});

test("WebVTT: speakers, notes and styles, entities, lines that roll up", async () => {
  const text = [
    "WEBVTT - talk",
    "",
    "STYLE",
    "::cue { color: red }",
    "",
    "NOTE skip me",
    "",
    "intro",
    "00:01.000 --> 00:02.000 align:start",
    "<v Anna>Fish &amp; chips",
    "",
    "00:02.100 --> 00:03.000",
    "<v Anna>Fish &amp; chips",
    "<v Anna><00:02.500>are good.",
    "",
    "00:03.100 --> 00:04.000",
    "<v Oleg>Да.",
  ].join("\n");
  expect((await parse(text, "talk.vtt")).texts).toEqual([
    "[00:00:01 – 00:00:03] Anna: Fish & chips are good.",
    "[00:00:03 – 00:00:04] Oleg: Да.",
  ]);
});

test("long speech is parted at sentence ends", async () => {
  const cues = Array.from({ length: 60 }, (_, at) => {
    const second = (n: number) =>
      `00:${String(Math.floor(n / 60)).padStart(2, "0")}:${String(n % 60).padStart(2, "0")},000`;
    return `${at + 1}\n${second(at * 2)} --> ${second(at * 2 + 2)}\nПредложение номер ${at} сказано вслух.\n`;
  });
  const { texts } = await parse(cues.join("\n"), "lecture.srt");
  expect(texts.length).toBeGreaterThan(2);
  for (const text of texts) expect(text.length).toBeLessThan(700);
  expect(texts.join(" ").match(/Предложение/g)).toHaveLength(60);
});

test("without empty lines, and named .txt", async () => {
  const text = "1\n00:00:01,000 --> 00:00:02,000\nОдин\n2\n00:00:02,000 --> 00:00:03,000\nДва";
  expect(await parse(text, "x.txt")).toEqual({ format: "subtitles", texts: ["[00:00:01 – 00:00:03] Один Два"] });
});

test("times in prose are no subtitles", async () => {
  expect((await parse("Начало в 10:00 --> конец в 12:00.", "план.txt")).format).toBe("text");
});
