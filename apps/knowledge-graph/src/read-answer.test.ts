import fc from "fast-check";
import { expect, test } from "vitest";
import { readAnswer } from "./read-answer.ts";

const entity = (n: number, name: string) => ({
  ref: `e${n}`,
  chunk: `c${(n % 3) + 1}`,
  name,
  type: "organization",
  mention: name,
});
const relation = (n: number, quote: string) => ({
  chunk: `c${(n % 3) + 1}`,
  source: `e${n}`,
  predicate: "works_with",
  target: `e${n + 1}`,
  quote,
  negated: false,
  hypothetical: false,
  confidence: "high",
});

interface Answer {
  readonly entities: readonly unknown[];
  readonly relations: readonly unknown[];
}

const name = fc.constantFrom(
  "Acme",
  "ООО «Ромашка»",
  'The "Best" Co',
  "O'Neil & Sons",
  "Line\nbreak",
  "50 {of} [them]",
  "a\\b",
  "Ёлка 😀",
);
const answers: fc.Arbitrary<Answer> = fc.record({
  entities: fc
    .array(name, { minLength: 1, maxLength: 8 })
    .map((names) => names.map((each, n) => entity(n, `${each} ${n}`))),
  relations: fc
    .array(name, { maxLength: 6 })
    .map((quotes) => quotes.map((each, n) => relation(n, `${each} works ${n}`))),
});

/** How models and gateways spoil JSON. Each says how many items are still whole. */
const spoilings: readonly [
  string,
  (answer: Answer, at: number) => { readonly text: string; readonly whole: number },
][] = [
  ["fenced", (answer) => ({ text: `\`\`\`json\n${JSON.stringify(answer, null, 2)}\n\`\`\``, whole: count(answer) })],
  [
    "talk around",
    (answer) => ({ text: `Here you are:\n${JSON.stringify(answer)}\nLet me know!`, whole: count(answer) }),
  ],
  ["trailing commas", (answer) => ({ text: JSON.stringify(answer).replaceAll("}]", "},]"), whole: count(answer) })],
  ["no closing brackets", (answer) => cutAt(answer, JSON.stringify(answer).length - 2)],
  ["cut anywhere", (answer, at) => cutAt(answer, Math.floor(at * JSON.stringify(answer).length))],
  ["one chunk after another", (answer) => ({ text: JSON.stringify([answer]), whole: count(answer) })],
  ["under a key", (answer) => ({ text: JSON.stringify({ knowledge_graph: answer }), whole: count(answer) })],
  ["no relations at all", ({ entities }) => ({ text: JSON.stringify({ entities }), whole: entities.length })],
  [
    "bad items between",
    ({ entities, relations }) => ({
      text: JSON.stringify({ entities: [null, 7, ...entities, { ref: "e99" }, "?"], relations: [[], ...relations] }),
      whole: entities.length + relations.length,
    }),
  ],
  [
    "more properties",
    ({ entities, relations }) => ({
      text: JSON.stringify({
        entities: entities.map((one) => ({ ...(one as object), description: "…" })),
        relations,
        notes: 1,
      }),
      whole: entities.length + relations.length,
    }),
  ],
  [
    "in circles",
    ({ entities, relations }) => ({
      text: JSON.stringify({ entities: Array.from({ length: 30 }, () => entities).flat(), relations }),
      whole: entities.length + relations.length,
    }),
  ],
  [
    "unquoted keys",
    (answer) => ({ text: JSON.stringify(answer).replaceAll(/"(ref|chunk|name|type)":/g, "$1:"), whole: count(answer) }),
  ],
  ["quoted", (answer) => ({ text: JSON.stringify(JSON.stringify(answer)), whole: count(answer) })],
  [
    "a line each",
    ({ entities, relations }) => ({
      text: [...entities, ...relations].map((item) => JSON.stringify(item)).join("\n"),
      whole: entities.length + relations.length,
    }),
  ],
  [
    "comments",
    (answer) => ({
      text: `// graph\n${JSON.stringify(answer, null, 1).replace("[", "[ /* all */")}`,
      whole: count(answer),
    }),
  ],
  [
    "numbers, capitals and nothing said",
    ({ entities, relations }) => ({
      text: JSON.stringify({
        entities: entities.map((one) => ({
          ...(one as object),
          chunk: Number((one as { chunk: string }).chunk.slice(1)),
        })),
        relations: relations.map((one) => ({
          ...(one as object),
          confidence: 0.9,
          negated: undefined,
          hypothetical: "no",
        })),
      }),
      whole: entities.length + relations.length,
    }),
  ],
  ["python", (answer) => ({ text: JSON.stringify(answer).replaceAll("false", "False"), whole: count(answer) })],
];

const count = ({ entities, relations }: Answer): number => entities.length + relations.length;

/** Items that end before the cut. */
const cutAt = (answer: Answer, end: number): { readonly text: string; readonly whole: number } => {
  const text = JSON.stringify(answer).slice(0, end);
  const whole = [...answer.entities, ...answer.relations].filter((item) => text.includes(JSON.stringify(item))).length;
  return { text, whole };
};

test("of 200 spoilt answers every one is classified, and nearly all that is whole is kept", () => {
  let whole = 0;
  let kept = 0;
  const cases = fc.sample(fc.tuple(answers, fc.double({ min: 0, max: 1, noNaN: true })), { numRuns: 200, seed: 5 });
  for (const [n, [answer, at]] of cases.entries()) {
    const [how, spoil] = spoilings[n % spoilings.length] ?? [];
    const spoilt = spoil?.(answer, at);
    if (!how || !spoilt) throw new Error("no spoiling");
    const read = readAnswer(spoilt.text, 3);
    // A cut item may be whole but for the comma that was to follow it; nobody can know.
    const found =
      read?.claims.reduce((sum, { entities, relations }) => sum + entities.length + relations.length, 0) ?? 0;
    expect({ how, isTooMuch: found > spoilt.whole }).toEqual({ how, isTooMuch: false });
    if (read === undefined) expect({ how, whole: spoilt.whole }).toEqual({ how, whole: 0 });
    whole += spoilt.whole;
    kept += found;
  }
  expect(whole).toBeGreaterThan(1_000);
  expect(kept / whole).toBeGreaterThanOrEqual(0.95);
});

test("an answer says what became of it", () => {
  const answer = { entities: [entity(0, "Acme"), entity(3, "Zenith")], relations: [] };
  const text = JSON.stringify(answer);
  expect(readAnswer(text, 1)?.condition).toBe("read");
  expect(readAnswer(text, 1, true)?.condition).toBe("cut_off");
  expect(readAnswer(`${text.slice(0, -1)},`, 1)?.condition).toBe("cut_off");
  // What broke off before its first item says nothing, not even that there is nothing.
  expect(readAnswer(text.slice(0, 40), 1)).toBeUndefined();
  expect(readAnswer(`Sure! ${text}`, 1)?.condition).toBe("repaired");
  expect(readAnswer(JSON.stringify({ ...answer, entities: Array(9).fill(entity(0, "Acme")) }), 1)?.condition).toBe(
    "repeating",
  );
  expect(readAnswer('{"entities":[],"relations":[]}', 1)).toMatchObject({
    condition: "read",
    claims: [{ entities: [] }],
  });
});

test.each([
  "",
  "I cannot help with that.",
  "[]",
  "{}",
  "null",
  "42",
  "[1, 2]",
  '{"error":"overloaded"}',
  "```json\n```",
  "{".repeat(50_000),
])("nothing readable is never an empty graph: %.40s", (text) => {
  expect(readAnswer(text, 2)).toBeUndefined();
});

// Drawn by code points: fast-check's own binary strings take seconds to begin with.
const noise = (maxLength: number) =>
  fc.array(fc.nat({ max: 0x10ffff }), { maxLength }).map((points) => String.fromCodePoint(...points));

test("any text whatever is read or refused", () => {
  const spoilt = fc.tuple(answers, fc.nat(2_000), noise(5)).map(([answer, at, between]) => {
    const text = JSON.stringify(answer);
    return text.slice(0, at % text.length) + between + text.slice(at % text.length);
  });
  fc.assert(
    fc.property(fc.oneof(noise(40), spoilt), (text) => {
      const read = readAnswer(text, 3);
      if (read) expect(read.claims).toHaveLength(3);
    }),
    { numRuns: 40 },
  );
});
