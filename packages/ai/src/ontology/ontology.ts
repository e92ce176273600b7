import { createHash } from "node:crypto";
import { z } from "zod";

/** As stored in the graph: letters of any script, digits and underscores, in lower case. */
const typeName = z
  .string()
  .max(60)
  .regex(/^[\p{Ll}\p{Lo}\p{N}]+(?:_[\p{Ll}\p{Lo}\p{N}]+)*$/u, "must be lower case words joined by underscores");
const definition = z.string().trim().max(300).optional().describe("One line; tells the model what belongs here");

const entityType = z.strictObject({ name: typeName, definition });
const relationType = z.strictObject({
  name: typeName,
  definition,
  source: z.array(typeName).max(100).optional().describe("Types it may start at; absent: any"),
  target: z.array(typeName).max(100).optional().describe("Types it may end at; absent: any"),
  functional: z
    .enum(["source", "target"])
    .optional()
    .describe("One at a time: its source has one target (source), its target one source (target); newer ends older"),
});

const firstDouble = (names: readonly string[]): string | undefined =>
  names.find((name, place) => names.indexOf(name) !== place);

/**
 * What a knowledge base's graph is made of.
 * `strict`: entities and relations of the listed types, no others. `guided`: entities of the listed types; relations
 * beyond the listed ones are kept under the name that the text suggests. `open`: types beyond the listed ones, too. A listed
 * relation joins only what it is defined for, in every mode.
 */
export const ontologySchema = z
  .strictObject({
    mode: z.enum(["strict", "guided", "open"]),
    entityTypes: z.array(entityType).max(100),
    relations: z.array(relationType).max(200).default([]),
  })
  .check((context) => {
    const { mode, entityTypes, relations } = context.value;
    const refuse = (path: (string | number)[], message: string): void => {
      context.issues.push({ code: "custom", path, message, input: context.value });
    };
    const known = new Set(entityTypes.map(({ name }) => name));
    if (mode !== "open" && known.size === 0) refuse(["entityTypes"], `must list at least one type in mode ${mode}`);
    const twiceType = firstDouble(entityTypes.map(({ name }) => name));
    if (twiceType !== undefined) refuse(["entityTypes"], `lists "${twiceType}" twice`);
    const twiceRelation = firstDouble(relations.map(({ name }) => name));
    if (twiceRelation !== undefined) refuse(["relations"], `lists "${twiceRelation}" twice`);
    if (mode === "open") return;
    relations.forEach(({ source = [], target = [] }, place) => {
      const unknown = [...source, ...target].find((type) => !known.has(type));
      if (unknown !== undefined) refuse(["relations", place], `names the type "${unknown}", which entityTypes lacks`);
    });
  });
export type Ontology = z.output<typeof ontologySchema>;
export type RelationType = Ontology["relations"][number];

const same = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  JSON.stringify(a?.toSorted()) === JSON.stringify(b?.toSorted());
const sorted = <Named extends { readonly name: string }>(all: readonly Named[]): Named[] =>
  all.toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** Equal for ontologies that say the same, in whatever order. Twelve hexadecimal digits. */
export const fingerprintOf = ({ mode, entityTypes, relations }: Ontology): string => {
  const parts = [
    mode,
    sorted(entityTypes).map(({ name, definition }) => [name, definition ?? ""]),
    sorted(relations).map(({ name, definition, source, target, functional }) => {
      const ends = [source?.toSorted() ?? null, target?.toSorted() ?? null];
      return [name, definition ?? "", ...ends, ...(functional ? [functional] : [])];
    }),
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);
};

const breadth = { strict: 0, guided: 1, open: 2 } as const;

/**
 * Whether whoever was asked with `wide` was asked for everything that `narrow` asks for, in the same words: then its answers, checked
 * anew, are answers to `narrow` too.
 */
export const contains = (wide: Ontology, narrow: Ontology): boolean => {
  if (breadth[wide.mode] < breadth[narrow.mode]) return false;
  const types = new Map(wide.entityTypes.map((type) => [type.name, type]));
  const relations = new Map(wide.relations.map((relation) => [relation.name, relation]));
  return (
    narrow.entityTypes.every(({ name, definition }) => {
      const type = types.get(name);
      return type !== undefined && type.definition === definition;
    }) &&
    narrow.relations.every((relation) => {
      const wider = relations.get(relation.name);
      if (wider === undefined || wider.definition !== relation.definition) return false;
      const covers = (all: readonly string[] | undefined, some: readonly string[] | undefined): boolean =>
        all === undefined || same(all, some) || (some !== undefined && some.every((type) => all.includes(type)));
      return covers(wider.source, relation.source) && covers(wider.target, relation.target);
    })
  );
};
