import iconv from "iconv-lite";
import type { Tongue } from "../prose.ts";
import type { Random } from "../random.ts";
import { type Body, makeStory, storyTruth } from "../story.ts";
import type { CorpusFile } from "../truth.ts";

/** As old programs write it (bytes of a code page) or as new ones do (`\u` with a question mark beside it). */
export const rtfFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const story = makeStory(random, { tongue, size, kinds: ["list", "table"] });
  const codePage = tongue === "russian" ? "windows-1251" : "windows-1252";
  const isOld = random.chance(0.5);
  const letter = (character: string): string => {
    if (/[\\{}]/.test(character)) return `\\${character}`;
    if (character === "\n") return "\\line ";
    if (character <= "\u007e") return character;
    const [byte = 0x3f, ...more] = iconv.encode(character, codePage);
    const isKnown = more.length === 0 && iconv.decode(Buffer.from([byte]), codePage) === character;
    if (isOld && isKnown) return `\\'${byte.toString(16).padStart(2, "0")}`;
    return Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
      .map((unit) => `\\u${unit > 0x7fff ? unit - 0x1_0000 : unit}?`)
      .join("");
  };
  const text = (plain: string): string => Array.from(plain, letter).join("");
  const heading = (level: number, plain: string): string => `\\pard\\s${level} {\\b ${text(plain)}}\\par\n`;
  const block = (body: Body): string => {
    if (body.kind === "list") {
      const items = body.items.map(({ text: plain }, index) => {
        const marker = body.ordered ? `${index + 1}.` : "\\bullet";
        return `\\pard{\\listtext\\pard ${marker}\\tab}\\ls1\\ilvl0 ${text(plain)}\\par\n`;
      });
      return items.join("");
    }
    if (body.kind !== "table") return `\\pard\\plain ${text(body.text)}\\par\n`;
    return body.rows
      .map((row) => `\\trowd${row.map((cell) => `\\pard\\intbl ${text(cell)}\\cell`).join("")}\\row\n`)
      .join("");
  };
  const styles = ["{\\s0 Normal;}", "{\\s9 Title;}", ...[1, 2, 3].map((level) => `{\\s${level} heading ${level};}`)];
  const body = story.sections.map(
    ({ heading: name, level, body }) => heading(level - 1, name) + body.map(block).join(""),
  );
  const charset = tongue === "russian" ? 204 : 0;
  const rtf = [
    `{\\rtf1\\ansi\\ansicpg${codePage.slice(-4)}\\deff0{\\fonttbl{\\f0\\fnil\\fcharset${charset} Times;}}`,
    `{\\stylesheet${styles.join("")}}{\\info{\\title info words}}{\\header\\pard running words\\par}`,
    `\\pard\\s9 ${text(story.title)}\\par`,
    `${body.join("")}}`,
  ];
  const bytes = Buffer.from(rtf.join("\n"), "latin1");
  return { name: "letter.rtf", format: "rtf", bytes, pageCount: null, truth: storyTruth(story) };
};
