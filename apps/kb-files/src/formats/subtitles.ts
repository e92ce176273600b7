import type { Block, ParsedFile } from "../block.ts";

/** A paragraph of cues ends at a pause this long, or at a sentence's end once it is this long. */
const pauseMs = 2_000;
const paragraphLength = 500;
const longestParagraph = 1_000;

const time = String.raw`(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})`;
const timing = new RegExp(String.raw`^\s*${time}\s*-->\s*${time}(?:\s.*)?$`);

/** Whether text is SubRip or WebVTT: by the first cue's times. */
export const isSubtitles = (text: string): boolean => {
  const start = text.slice(0, 20_000).replace(/^\ufeff/u, "");
  if (/^WEBVTT(?:[ \t\n\r]|$)/.test(start)) return /-->/.test(start);
  return /^\s*(?:\d+[^\S\n]*\r?\n)\s*(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}\s*-->/.test(start);
};

interface Cue {
  readonly fromMs: number;
  readonly toMs: number;
  readonly speaker: string | undefined;
  readonly text: string;
}

/**
 * SubRip and WebVTT: cues joined to paragraphs, each opened by its time range, `[00:01:05 – 00:01:32]`, so that a quote
 * says when it was spoken. Marks, cue numbers, notes and styles go; a cue repeated while it rolls up is said once.
 */
export const parseSubtitles = (text: string): ParsedFile => {
  const blocks: Block[] = [];
  let waiting: Cue[] = [];
  const flush = (): void => {
    const [first] = waiting;
    const last = waiting.at(-1);
    if (first === undefined || last === undefined) return;
    const spoken = waiting.map((cue) => cue.text).join(" ");
    const speaker = first.speaker === undefined ? "" : `${first.speaker}: `;
    blocks.push({ kind: "text", text: `[${clock(first.fromMs)} – ${clock(last.toMs)}] ${speaker}${spoken}` });
    waiting = [];
  };
  for (const cue of cues(text)) {
    const last = waiting.at(-1);
    const length = waiting.reduce((sum, { text: each }) => sum + each.length + 1, 0);
    const ends =
      last !== undefined &&
      (cue.fromMs - last.toMs >= pauseMs ||
        cue.speaker !== last.speaker ||
        length >= longestParagraph ||
        (length >= paragraphLength && /[.!?…»"”]$/u.test(last.text)));
    if (ends) flush();
    waiting.push(cue);
  }
  flush();
  return { pageCount: null, blocks };
};

function* cues(text: string): Generator<Cue> {
  const lines = text.replace(/^\ufeff/u, "").split(/\r\n?|\n/);
  let shown: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const match = timing.exec(lines[at] ?? "");
    if (match === null) continue;
    const [fromMs, toMs] = [milliseconds(match.slice(1, 5)), milliseconds(match.slice(5, 9))];
    const body: string[] = [];
    // Up to the empty line; a file without empty lines has the next cue's number or times there.
    while (at + 1 < lines.length && (lines[at + 1] ?? "").trim() !== "") {
      const isNext =
        timing.test(lines[at + 1] ?? "") || (/^\d+$/.test(lines[at + 1] ?? "") && timing.test(lines[at + 2] ?? ""));
      if (isNext) break;
      body.push(lines[(at += 1)] ?? "");
    }
    const speaker = /<v(?:\.[^\s>]*)?\s+([^>]+)>/.exec(body.join(" "))?.[1]?.trim();
    const spoken = body.map(plain).filter((line) => line !== "");
    const fresh = spoken.filter((line) => !shown.includes(line));
    shown = spoken;
    if (fresh.length > 0) yield { fromMs, toMs, speaker, text: fresh.join(" ") };
  }
}

const milliseconds = ([hours, minutes, seconds, fraction = ""]: readonly (string | undefined)[]): number =>
  ((Number(hours ?? 0) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000 + Number(fraction.padEnd(3, "0"));

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  nbsp: " ",
  lrm: "",
  rlm: "",
  quot: '"',
};

/** Without `<i>`, `<00:01.000>`, `{\an8}`. */
const plain = (line: string): string =>
  line
    .replace(/<\/?[a-z\d][^<>]*>|\{\\[^{}]*\}/gi, "")
    .replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole)
    .replace(/\s+/gu, " ")
    .trim();

const clock = (ms: number): string => {
  const seconds = Math.floor(ms / 1_000);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
};
