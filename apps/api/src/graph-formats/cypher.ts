import type { GraphFormat } from "./format.ts";

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r" };

/** A literal in single quotes. */
const text = (value: string): string =>
  `'${value.toWellFormed().replaceAll(/[\\'\n\r]/g, (one) => escapes[one] ?? one)}'`;

/** A label or a type: whatever stands between backticks, with its own doubled. */
const name = (value: string): string => `\`${value.replaceAll("`", "``")}\``;

const list = (values: readonly string[]): string => `[${values.map(text).join(", ")}]`;

/** openCypher, for Neo4j, Memgraph and their like: running it twice makes nothing twice. */
export const cypher: GraphFormat = {
  contentType: "application/x-cypher-query; charset=utf-8",
  extension: "cypher",
  head: "CREATE CONSTRAINT entity_id IF NOT EXISTS FOR (n:Entity) REQUIRE n.id IS UNIQUE;\n",
  node: (entity) =>
    `MERGE (n:Entity {id: ${text(entity.id)}}) SET n:${name(entity.type)}, n.name = ${text(entity.name)}, ` +
    `n.aliases = ${list(entity.aliases)}, n.mentions = ${entity.mentionCount};\n`,
  edge: ({ id, sourceId, targetId, predicate, weight, confidence, validFrom, validTo, evidence }) =>
    `MATCH (a:Entity {id: ${text(sourceId)}}), (b:Entity {id: ${text(targetId)}}) ` +
    `MERGE (a)-[r:${name(predicate.toUpperCase())} {id: ${text(id)}}]->(b) ` +
    `SET r.weight = ${weight}, r.confidence = ${confidence}, r.valid_from = ${text(validFrom)}, ` +
    `r.valid_to = ${validTo === null ? "null" : text(validTo)}, r.quotes = ${list(evidence.map(({ quote }) => quote))};\n`,
  tail: "",
};
