import { companyOntology } from "@gpt-agent/ai/ontology/company-ontology";
import { makeRuleExtractor } from "@gpt-agent/ai/rules/extractor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClaimedEntity, ClaimedRelation } from "./claims.ts";
import { makeOntologyRules } from "./ontology-rules.ts";
import { verifyClaims } from "./verify.ts";

const rules = makeOntologyRules(companyOntology);

const content = "Анна Иванова с 2019 года руководит ООО «Ромашка» (Казань). Пётр Орлов не работает в ООО «Ромашка».";
const entity = (ref: string, type: string, name: string, surface = name): ClaimedEntity => {
  return { ref, type, name, mentions: [{ surface, confidence: 0.8 }] };
};
const anna = entity("e1", "person", "Анна Иванова");
const romashka = entity("e2", "organization", "Ромашка", 'ООО "Ромашка"');
const leads: ClaimedRelation = {
  source: "e1",
  target: "e2",
  predicate: "Leads",
  quote: 'Анна Иванова с 2019 года руководит ООО "Ромашка"',
  confidence: 0.85,
};
const verify = (entities: ClaimedEntity[], relations: ClaimedRelation[] = []) =>
  verifyClaims(content, "test", { entities, relations }, rules);
const reasons = (...args: Parameters<typeof verify>): string[] => verify(...args).rejected.map(({ reason }) => reason);

describe("verifyClaims", () => {
  test("keeps what stands in the chunk, as the chunk writes it", () => {
    expect(verify([anna, romashka], [leads])).toEqual({
      extractor: "test",
      entities: [
        {
          ref: "e1",
          type: "person",
          name: "Анна Иванова",
          key: "анн иванов",
          mentions: [{ charStart: 0, charEnd: 12, surface: "Анна Иванова", confidence: 0.8 }],
        },
        {
          ref: "e2",
          type: "organization",
          name: "Ромашка",
          key: "ромашк",
          mentions: [{ charStart: 35, charEnd: 48, surface: "ООО «Ромашка»", confidence: 0.8 }],
        },
      ],
      relations: [
        {
          source: "e1",
          target: "e2",
          predicate: "leads",
          quote: "Анна Иванова с 2019 года руководит ООО «Ромашка»",
          charStart: 0,
          charEnd: 48,
          confidence: 0.85,
        },
      ],
      rejected: [],
    });
  });

  test.each<[string, ClaimedEntity[], ClaimedRelation[]]>([
    ["mention_not_found", [entity("e1", "person", "Мария Сидорова")], []],
    ["type_unknown", [entity("e1", "animal", "Анна Иванова")], []],
    ["name_empty", [entity("e1", "person", " \0 ", "Анна")], []],
    ["name_too_long", [entity("e1", "person", "Анна ".repeat(100), "Анна")], []],
    ["ref_unknown", [anna], [leads]],
    ["quote_not_found", [anna, romashka], [{ ...leads, quote: "Анна основала «Ромашку»" }]],
    ["self_relation", [anna, { ...anna, ref: "e2" }], [leads]],
    ["predicate_empty", [anna, romashka], [{ ...leads, predicate: " — " }]],
    [
      "negated",
      [entity("e1", "person", "Пётр Орлов"), romashka],
      [{ ...leads, quote: "Пётр Орлов не работает в ООО «Ромашка»" }],
    ],
  ])("rejects, with the reason %s", (reason, entities, relations) => {
    const { rejected, relations: kept } = verify(entities, relations);
    expect(rejected.map((one) => one.reason)).toContain(reason);
    expect(kept).toEqual([]);
  });

  test("rejects an endpoint that is nowhere near its quote", () => {
    const far = `${content} ${"Прочее. ".repeat(60)}Отчёт подписал Олег Крылов.`;
    const oleg = entity("e1", "person", "Олег Крылов");
    const claims = { entities: [oleg, romashka], relations: [leads] };
    expect(verifyClaims(far, "test", claims, rules).rejected.map(({ reason }) => reason)).toEqual([
      "endpoint_not_near_quote",
    ]);
  });

  test("knows an endpoint in another case ending", () => {
    const text = `Анна Иванова пришла. ${"Прочее. ".repeat(60)}В совет избрали Анну Иванову от ООО «Ромашка».`;
    const relation = { ...leads, predicate: "represents", quote: "В совет избрали Анну Иванову от ООО «Ромашка»" };
    expect(
      verifyClaims(text, "test", { entities: [anna, romashka], relations: [relation] }, rules).relations,
    ).toHaveLength(1);
  });

  test("keeps rejected items in a form the database takes", () => {
    const item = { bad: "\0\ud800".repeat(2_000), list: Array.from({ length: 500 }, () => 1) };
    const { rejected } = verifyClaims(
      "text",
      "test",
      { entities: [], relations: [], rejected: [{ reason: "unreadable", item }] },
      rules,
    );
    const json = JSON.stringify(rejected);
    expect(json.length).toBeLessThan(2_000);
    expect(json).not.toMatch(/\\u0000|\\ud800/);
  });

  test("accepts all the rules find", () => {
    const text =
      "Иван Петров работает инженером в ООО «Ромашка». 😀 Компания «Вектор» приобрела ООО «Ромашка» в Казани.";
    const claims = makeRuleExtractor().extract(text);
    const { entities, relations, rejected } = verifyClaims(text, "rules-1", claims, rules);
    expect([entities.length, relations.length, rejected]).toEqual([
      claims.entities.length,
      claims.relations.length,
      [],
    ]);
    expect(relations.length).toBe(2);
  });

  test("stores no surface and no quote but a slice of the chunk, whatever a model makes up", () => {
    const word = fc.oneof(
      fc.constantFrom(...content.split(" ")),
      fc.array(fc.nat({ max: 0x10ffff }), { maxLength: 6 }).map((points) => String.fromCodePoint(...points)),
    );
    const words = fc.array(word, { maxLength: 6 }).map((parts) => parts.join(" "));
    const ref = fc.constantFrom("e1", "e2", "e3");
    const charStart = fc.option(fc.integer({ min: -5, max: 120 }), { nil: undefined });
    const mention = fc.record(
      { surface: words, charStart, confidence: fc.double() },
      { requiredKeys: ["surface", "confidence"] },
    );
    const entities = fc.array(
      fc.record({
        ref,
        type: fc.constantFrom("person", "organization", "x"),
        name: words,
        mentions: fc.array(mention),
      }),
    );
    const relations = fc.array(
      fc.record({ source: ref, target: ref, predicate: words, quote: words, confidence: fc.double() }),
    );
    const points = Array.from(content);
    fc.assert(
      fc.property(entities, relations, (claimedEntities, claimedRelations) => {
        const entitiesAsClaimed = claimedEntities as unknown as ClaimedEntity[];
        const claims = { entities: entitiesAsClaimed, relations: claimedRelations };
        const result = verifyClaims(content, "test", claims, rules);
        const slices = [
          ...result.entities.flatMap(({ mentions }) =>
            mentions.map(({ surface, ...place }) => ({ text: surface, ...place })),
          ),
          ...result.relations.map(({ quote, ...place }) => ({ text: quote, ...place })),
        ];
        for (const { text, charStart: from, charEnd: to, confidence } of slices) {
          expect(points.slice(from, to).join("")).toBe(text);
          expect(text).not.toBe("");
          expect(confidence > 0 && confidence <= 1).toBe(true);
        }
        const kept = new Set(result.entities.map((one) => one.ref));
        expect(result.relations.every(({ source, target }) => kept.has(source) && kept.has(target))).toBe(true);
        expect(result.relations.length + result.rejected.length).toBeGreaterThanOrEqual(claimedRelations.length);
      }),
      { numRuns: 150 },
    );
    expect(reasons([anna, romashka], [leads])).toEqual([]);
  });
});
