import { literal, type LiteralFinder } from "./literal.ts";

/** Registers of taxpayers and companies: what texts call their numbers, and how these look. Only labelled numbers count. */
const registers: readonly (readonly [kind: string, label: string, number: string])[] = [
  ["inn", String.raw`ИНН(?:\s*/\s*КПП)?|INN|TIN`, String.raw`\d{10}(?:\d{2})?`],
  ["ogrn", "ОГРНИП|ОГРН|OGRN(?:IP)?", String.raw`\d{13}(?:\d{2})?`],
  ["bin", "БИН|BIN|ИИН|IIN", String.raw`\d{12}`],
  ["unp", "УНП|UNP", String.raw`\d{9}`],
  ["edrpou", "ЄДРПОУ|ЕДРПОУ|EDRPOU", String.raw`\d{8}`],
  ["nip", "NIP", String.raw`\d{3}-?\d{3}-?\d{2}-?\d{2}`],
  ["ein", "EIN", String.raw`\d{2}-?\d{7}`],
  ["lei", "LEI", String.raw`[A-Z0-9]{18}\d{2}`],
  [
    "company",
    String.raw`Company (?:No|Number|Reg(?:istration)?(?: No| Number)?)|Registered (?:No|Number)`,
    String.raw`(?:[A-Z]{2})?\d{6,8}`,
  ],
  ["hrb", "HRB", String.raw`\d{3,7}`],
  [
    "vat",
    String.raw`VAT(?: (?:No|Number|ID|Reg(?:istration)?(?: No)?))?|USt-?Id(?:Nr)?|TVA|P\.? ?IVA|НДС`,
    String.raw`[A-Z]{2} ?[A-Z0-9](?:[ .]?[A-Z0-9]){6,11}`,
  ],
];

const patterns = registers.map(
  ([kind, label, number]) =>
    [
      kind,
      new RegExp(
        String.raw`(?<![\p{L}\p{N}])(?:${label})(?:\s*[№#:.–—-]|\s){0,3}\s*(?<number>${number})(?![\p{L}\p{N}])`,
        "gu",
      ),
    ] as const,
);

/** "ИНН 7701234567", "VAT No. DE 123456789": label and number together. */
export const identifiers: LiteralFinder = function* (text) {
  for (const [kind, pattern] of patterns) {
    for (const match of text.matchAll(pattern)) {
      yield literal("identifier", match, `${kind} ${(match.groups?.["number"] ?? "").replaceAll(/[ .-]/g, "")}`);
    }
  }
};
