import { companyOntology } from "@gpt-agent/ai/ontology/company-ontology";
import { makeRuleExtractor } from "@gpt-agent/ai/rules/extractor";
import { expect, test } from "vitest";
import { makeOntologyRules } from "./ontology-rules.ts";
import { verifyClaims } from "./verify.ts";

const rules = makeOntologyRules(companyOntology);
const { extract } = makeRuleExtractor();

const read = (content: string) => verifyClaims(content, "rules-1", extract(content), rules);
const given = (content: string): string[] => {
  const { entities, relations } = read(content);
  const byRef = new Map(entities.map((entity) => [entity.ref, entity]));
  return relations
    .filter(({ predicate }) => predicate.startsWith("has_"))
    .map(({ source, target }) => `${byRef.get(source)?.name}: ${byRef.get(target)?.key}`);
};

test.each([
  [
    "ООО «Ромашка» (ИНН 7701234567) и АО «Заря» (ИНН 7707654321) заключили договор.",
    ["ООО «Ромашка»: inn 7701234567", "АО «Заря»: inn 7707654321"],
  ],
  [
    "ООО «Ромашка»\nИНН 7701234567\nТел. +7 495 123-45-67\ninfo@romashka.ru",
    ["ООО «Ромашка»: inn 7701234567", "ООО «Ромашка»: +74951234567", "ООО «Ромашка»: info@romashka.ru"],
  ],
  [
    "Пишите: Иван Петров, ООО «Ромашка», petrov@romashka.ru, или info@romashka.ru.",
    ["Иван Петров: petrov@romashka.ru", "ООО «Ромашка»: info@romashka.ru"],
  ],
  ["Acme Inc. (VAT No. DE123456789), https://acme.com", ["Acme Inc.: vat DE123456789", "Acme Inc.: acme.com"]],
  // A sentence about something else in between; nobody before it.
  ["ООО «Ромашка» выросло.\n\nДругой абзац без имён и чисел. Звоните по номеру +7 495 123-45-67.", []],
  ["ИНН 7701234567 принадлежит ООО «Ромашка».", []],
])("%s", (content, expected) => {
  expect(new Set(given(content))).toEqual(new Set(expected));
});

test("two companies of one name are two entities where their numbers say so, and each quote stands in the chunk", () => {
  const keys = ["7701234567", "7707654321"].map((inn) => {
    const content = `Поставщик — ООО «Ромашка», ИНН ${inn}.`;
    const { entities, relations } = read(content);
    expect(relations.every(({ quote }) => content.includes(quote))).toBe(true);
    return entities.find(({ type }) => type === "organization")?.key;
  });
  expect(keys).toEqual(["ромашк inn 7701234567", "ромашк inn 7707654321"]);
  // Who is said to have two numbers has none that tells.
  const both = read("ООО «Ромашка», ИНН 7701234567, ИНН 7707654321.").entities.find(
    ({ type }) => type === "organization",
  );
  expect(both?.key).toBe("ромашк");
});
