import { companyOntology } from "@gpt-agent/ai/ontology/company-ontology";
import { contains, fingerprintOf, type Ontology, ontologySchema } from "@gpt-agent/ai/ontology/ontology";
import { entityTypes } from "@gpt-agent/ai/rules/mention";
import { describe, expect, test } from "vitest";
import { ontologyInForce } from "./ontology-in-force.ts";
import { makeOntologyRules } from "./ontology-rules.ts";
import { systemPrompt } from "./prompt.ts";
import { makeAnswerSchema } from "./schema.ts";

const fleet: Ontology = {
  mode: "strict",
  entityTypes: [{ name: "ship" }, { name: "судовладелец", definition: "Кому принадлежит судно" }],
  relations: [{ name: "owned_by", source: ["ship"], target: ["судовладелец"] }],
};
const base = { orgId: "o", knowledgeBaseId: "b" };
const versionsOf = (...all: readonly (Ontology | null)[]) => ({
  versions: async () =>
    all.map((definition) => ({ definition, fingerprint: definition ? fingerprintOf(definition) : "" })),
});

test("the release's own holds until another is given; what it has grown from is known", async () => {
  expect(await ontologyInForce(versionsOf(), base)).toMatchObject({ fingerprint: "", wider: [] });
  const narrow = { ...companyOntology, relations: companyOntology.relations.slice(1) };
  const inForce = await ontologyInForce(versionsOf(narrow, fleet), base);
  expect(inForce.definition).toEqual(narrow);
  expect(inForce.wider.map(({ fingerprint }) => fingerprint)).toEqual([""]);
  expect((await ontologyInForce(versionsOf(null, fleet), base)).definition).toBe(companyOntology);
});

test("the local extractor's types are those of the default", () => {
  expect(companyOntology.entityTypes.map(({ name }) => name).toSorted()).toEqual([...entityTypes].toSorted());
  expect(ontologySchema.parse(companyOntology)).toEqual(companyOntology);
});

test("order means nothing, words do", () => {
  const turned = { ...fleet, entityTypes: fleet.entityTypes.toReversed() };
  expect(fingerprintOf(turned)).toBe(fingerprintOf(fleet));
  expect(fingerprintOf({ ...fleet, mode: "open" })).not.toBe(fingerprintOf(fleet));
  expect(contains(fleet, turned)).toBe(true);
  expect(contains({ ...fleet, mode: "open" }, fleet)).toBe(true);
  expect(contains(fleet, { ...fleet, mode: "open" })).toBe(false);
  expect(contains(fleet, { ...fleet, relations: [{ name: "owned_by" }] })).toBe(false);
  expect(contains(fleet, { ...fleet, entityTypes: [{ name: "ship", definition: "A boat" }] })).toBe(false);
});

test.each<[string, unknown]>([
  ["no types", { mode: "strict", entityTypes: [] }],
  ["a type twice", { mode: "strict", entityTypes: [{ name: "a" }, { name: "a" }] }],
  ["an unknown end", { ...fleet, relations: [{ name: "x", source: ["port"] }] }],
  ["capitals", { mode: "strict", entityTypes: [{ name: "Ship" }] }],
  ["another field", { mode: "open", entityTypes: [], colour: "red" }],
])("refuses %s", (_, ontology) => {
  expect(ontologySchema.safeParse(ontology).success).toBe(false);
});

describe("what an ontology takes", () => {
  const [strict, guided, open] = (["strict", "guided", "open"] as const).map((mode) =>
    makeOntologyRules({ ...fleet, mode }),
  );

  test("types: its own however they are written, others only where it is open; values always", () => {
    expect([strict, guided, open].map((rules) => rules?.typeOf("Судовладелец"))).toEqual(Array(3).fill("судовладелец"));
    expect([strict, guided, open].map((rules) => rules?.typeOf("Sea Port"))).toEqual([
      undefined,
      undefined,
      "sea_port",
    ]);
    expect(strict?.typeOf("email")).toBe("email");
    expect(open?.typeOf(" — ")).toBeUndefined();
  });

  test("relations: its own between the ends it gives them; others under their own names where it is not strict", () => {
    expect(strict?.predicateOf("Owned by", "ship", "судовладелец")).toEqual({ predicate: "owned_by" });
    expect(open?.predicateOf("owned_by", "судовладелец", "судовладелец")).toEqual({ fault: "domain" });
    expect(guided?.predicateOf("owned_by", "ship", "ship")).toEqual({ fault: "range" });
    expect(strict?.predicateOf("sank", "ship", "ship")).toEqual({ fault: "predicate_unknown" });
    expect(guided?.predicateOf("Sank near", "ship", "ship")).toEqual({ predicate: "sank_near" });
    expect(guided?.predicateOf("x".repeat(200), "ship", "ship")).toEqual({ fault: "predicate_unknown" });
    expect(guided?.predicateOf(" ! ", "ship", "ship")).toEqual({ fault: "predicate_empty" });
  });

  test("is what the model is told and held to", () => {
    const prompt = systemPrompt(fleet);
    expect(prompt).toContain("судовладелец: Кому принадлежит судно");
    expect(prompt).toContain("owned_by (ship → судовладелец)");
    expect(systemPrompt({ mode: "open", entityTypes: [], relations: [] })).not.toContain("undefined");
    const entity = { ref: "e1", chunk: "c1", name: "Заря", type: "port", mention: "Заря" };
    expect(makeAnswerSchema(fleet).safeParse({ entities: [entity], relations: [] }).success).toBe(false);
    expect(makeAnswerSchema({ ...fleet, mode: "open" }).safeParse({ entities: [entity], relations: [] }).success).toBe(
      true,
    );
  });
});
