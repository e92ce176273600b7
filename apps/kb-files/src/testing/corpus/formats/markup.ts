import iconv from "iconv-lite";
import { type Body, bodyText, makeStory, storyTruth } from "../story.ts";
import { paragraph, phrase, type Tongue } from "../prose.ts";
import type { Random } from "../random.ts";
import type { CorpusFile, Truth } from "../truth.ts";

const all = ["list", "table", "code"] as const;

export const markdownFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const story = makeStory(random, { tongue, size, kinds: all, nested: true });
  const underlined = random.chance(0.3);
  const title = underlined ? `${story.title}\n${"=".repeat(20)}` : `# ${story.title}`;
  const parts = story.sections.flatMap(({ heading, level, body }) => [
    `${"#".repeat(level)} ${heading}`,
    ...body.map((each) => (each.kind === "code" ? `\`\`\`js\n${each.text}\n\`\`\`` : emphasized(random, each))),
  ]);
  const lineEnd = random.chance(0.3) ? "\r\n" : "\n";
  const bytes = Buffer.from([title, ...parts, ""].join("\n\n").replaceAll("\n", lineEnd));
  return { name: "notes.md", format: "markdown", bytes, pageCount: null, truth: storyTruth(story) };
};

const emphasized = (random: Random, body: Body): string => {
  const text = bodyText(body);
  if (body.kind !== "text" || !random.chance(0.3)) return text;
  const [first = "", ...rest] = text.split(" ");
  return [`**${first}**`, ...rest].join(" ");
};

/** A page with what surrounds an article on the web: none of it is text of the document. */
export const htmlFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const story = makeStory(random, { tongue, size, kinds: all, nested: true });
  const [encoding, charset] = random.pick([
    ["utf-8", '<meta charset="utf-8">'],
    ["utf-8", ""],
    [
      tongue === "russian" ? "windows-1251" : "utf-8",
      `<meta http-equiv="Content-Type" content="text/html; charset=${tongue === "russian" ? "windows-1251" : "utf-8"}">`,
    ],
  ] as const);
  const inner = story.sections.map(
    ({ heading, level, body }) => `<h${level}>${escaped(heading)}</h${level}>\n${body.map(htmlOf).join("\n")}`,
  );
  const html = `<!DOCTYPE html>
<html><head><title>${escaped(story.title)}</title>${charset}<style>p { color: red }</style></head>
<body><nav><a href="/">Home</a> <a href="/a">Menu</a></nav><script>document.write("script")</script>
<main><h1>${escaped(story.title)}</h1>
${inner.join("\n")}
</main><div hidden>hidden words</div><footer>© footer words</footer></body></html>`;
  const bytes = iconv.encode(byNumber(html, encoding), encoding);
  return { name: "page.html", format: "html", bytes, pageCount: null, truth: storyTruth(story) };
};

/** Letters that the encoding lacks, as authors write them. */
export const byNumber = (html: string, encoding: string): string =>
  Array.from(html, (letter) =>
    iconv.decode(iconv.encode(letter, encoding), encoding) === letter ? letter : `&#${letter.codePointAt(0)};`,
  ).join("");

export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

export const htmlOf = (body: Body): string => {
  if (body.kind === "text") return `<p>${escaped(body.text).replaceAll(". ", ".\n    ")}</p>`;
  if (body.kind === "code") return `<pre><code>${escaped(body.text)}</code></pre>`;
  if (body.kind === "table") {
    const cells = (row: readonly string[], tag: string) =>
      row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("");
    const rows = body.rows.map((row, index) => `<tr>${cells(row, index === 0 ? "th" : "td")}</tr>`);
    return `<table>${rows.join("\n")}</table>`;
  }
  const tag = body.ordered ? "ol" : "ul";
  let html = "";
  let isInner = false;
  for (const { depth, text } of body.items) {
    if (depth === 1 && !isInner) html = `${html.replace(/<\/li>$/, "")}<ul>`;
    if (depth === 0 && isInner) html += "</ul></li>";
    isInner = depth === 1;
    html += `<li>${escaped(text)}</li>`;
  }
  return `<${tag}>${html}${isInner ? "</ul></li>" : ""}</${tag}>`;
};

const encodings: Readonly<Record<Tongue, readonly string[]>> = {
  russian: [
    "utf-8",
    "utf-8-bom",
    "utf-16le",
    "utf-16be",
    "utf-16le-bom",
    "utf-32le",
    "windows-1251",
    "koi8-r",
    "cp866",
  ],
  english: ["utf-8", "utf-8-bom", "utf-16le", "utf-16be-bom", "windows-1252", "windows-1252"],
};

/** Paragraphs and nothing else, in every encoding that its letters have. */
export const textFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const encoding = random.pick(encodings[tongue]);
  const [name = "", mark] = encoding.split("-bom");
  const plain = (text: string): string => iconv.decode(iconv.encode(text, name), name);
  const paragraphs = Array.from({ length: random.integer(3, 20) * size }, () => paragraph(random, tongue, 1, 8)).filter(
    // No letters that the encoding lacks.
    (text) => plain(text) === text,
  );
  const lineEnd = random.pick(["\n", "\r\n"]);
  const text = paragraphs.join(lineEnd + lineEnd) + lineEnd;
  const bytes = iconv.encode(text, name, { addBOM: mark !== undefined });
  const truth = paragraphs.map((text): Truth => ({ kind: "text", text, path: [] }));
  return { name: `letter-${encoding}.txt`, format: "text", bytes, pageCount: null, truth };
};

export const notebookFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const story = makeStory(random, { tongue, size, kinds: ["list", "code"] });
  const markdown = (...texts: readonly string[]) => ({
    cell_type: "markdown",
    metadata: {},
    source: lines(texts.join("\n\n")),
  });
  const cells = [
    markdown(`# ${story.title}`),
    ...story.sections.flatMap(({ heading, level, body }) => [
      markdown(`${"#".repeat(level)} ${heading}`),
      ...body.map((each) =>
        each.kind === "code"
          ? { cell_type: "code", execution_count: 1, metadata: {}, outputs: [], source: lines(each.text) }
          : markdown(bodyText(each)),
      ),
    ]),
  ];
  const bytes = Buffer.from(JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, undefined, 1));
  return { name: "work.ipynb", format: "ipynb", bytes, pageCount: null, truth: storyTruth(story) };
};

const lines = (text: string): string[] => text.split(/(?<=\n)/);

/** Speech parted by pauses: each stretch is a paragraph with its times. */
export const subtitlesFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const isVtt = random.chance(0.5);
  const truth: Truth[] = [];
  const cues: string[] = [];
  let second = 0;
  const clock = (at: number): string =>
    [Math.floor(at / 3_600), Math.floor(at / 60) % 60, at % 60].map((part) => String(part).padStart(2, "0")).join(":");
  for (let count = random.integer(3, 40) * size; count > 0; count -= 1) {
    const from = second;
    const spoken = Array.from({ length: random.integer(1, 4) }, () => phrase(random, tongue, 4, 8));
    for (const text of spoken) {
      const shown = random.chance(0.3) ? `<i>${text}</i>` : text;
      const times = `${clock(second)}${isVtt ? "." : ","}000 --> ${clock(second + 2)}${isVtt ? "." : ","}500`;
      cues.push(`${isVtt ? "" : `${cues.length + 1}\n`}${times}\n${shown}`);
      second += 3;
    }
    truth.push({ kind: "text", text: `[${clock(from)} – ${clock(second - 1)}] ${spoken.join(" ")}`, path: [] });
    second += random.integer(5, 900);
  }
  const text = (isVtt ? "WEBVTT\n\nNOTE made up\n\n" : "") + cues.join("\n\n");
  const name = isVtt ? "talk.vtt" : "film.srt";
  const encoding = tongue === "russian" && !isVtt && random.chance(0.5) ? "windows-1251" : "utf-8";
  return { name, format: "subtitles", bytes: iconv.encode(text, encoding), pageCount: null, truth };
};
