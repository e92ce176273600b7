import type { GraphEdge, GraphEntity } from "@gpt-agent/supabase/graph";
import fc from "fast-check";
import { SaxesParser } from "saxes";
import { expect, test } from "vitest";
import { cypher } from "./cypher.ts";
import type { GraphFormat } from "./format.ts";
import { graphMl } from "./graphml.ts";
import { jsonLd } from "./json-ld.ts";

const text = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
  fc.constantFrom("ООО «Ромашка»", "O'Neil \\", "a`b", "</node>", "]]>", '"', "\n'; MATCH (n) DELETE n; //", "\u0001"),
);
const entity: fc.Arbitrary<GraphEntity> = fc.record({
  id: fc.uuid(),
  knowledgeBaseId: fc.uuid(),
  type: text,
  name: text,
  aliases: fc.array(text, { maxLength: 2 }),
  key: text,
  mentionCount: fc.nat(9),
  documentCount: fc.nat(9),
});
const edge: fc.Arbitrary<GraphEdge> = fc.record({
  id: fc.uuid(),
  sourceId: fc.uuid(),
  predicate: text,
  targetId: fc.uuid(),
  weight: fc.nat(9),
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  validFrom: fc.constant("2019-05-01T00:00:00+00:00"),
  validTo: fc.option(fc.constant("2021-01-01T00:00:00+00:00")),
  evidence: fc.array(
    fc.record({
      documentId: fc.uuid(),
      documentName: text,
      chunkId: fc.nat(),
      quote: text,
      charStart: fc.nat(),
      charEnd: fc.nat(),
      confidence: fc.constant(0.5),
      headingPath: fc.array(text, { maxLength: 1 }),
      pageFrom: fc.option(fc.nat(9)),
      pageTo: fc.option(fc.nat(9)),
    }),
    { maxLength: 2 },
  ),
});
const write = (format: GraphFormat, nodes: readonly GraphEntity[], edges: readonly GraphEdge[]): string =>
  [format.head, ...nodes.map(format.node), ...edges.map(format.edge), format.tail].join("");
const graphs = [fc.array(entity, { maxLength: 3 }), fc.array(edge, { maxLength: 3 })] as const;

test("JSON-LD is JSON with every node and statement", () => {
  fc.assert(
    fc.property(...graphs, (nodes, edges) => {
      const { "@graph": parts } = JSON.parse(write(jsonLd, nodes, edges)) as { "@graph": Record<string, unknown>[] };
      expect(parts).toHaveLength(1 + nodes.length + edges.length);
      expect(parts.slice(1, 1 + nodes.length).map(({ name }) => name)).toEqual(nodes.map(({ name }) => name));
    }),
  );
});

test("GraphML is well-formed XML, and names come back but for what XML cannot hold", () => {
  fc.assert(
    fc.property(...graphs, (nodes, edges) => {
      const parser = new SaxesParser();
      const names: string[] = [];
      let isName = false;
      let count = 0;
      parser.on("opentag", ({ name, attributes }) => {
        if (name === "node" || name === "edge") count += 1;
        isName = name === "data" && attributes["key"] === "name";
        if (isName) names.push("");
      });
      parser.on("text", (part) => {
        if (isName) names.push((names.pop() ?? "") + part);
      });
      parser.on("closetag", () => {
        isName = false;
      });
      parser.write(write(graphMl, nodes, edges)).close();
      expect(count).toBe(nodes.length + edges.length);
      expect(names).toHaveLength(nodes.length);
    }),
  );
});

/** What of a Cypher script lies outside quotes and backticks. */
const outside = (script: string): string => script.replaceAll(/'(?:\\[\s\S]|[^'\\])*'|`(?:``|[^`])*`/g, "_");

test("Cypher: no name or quote breaks out of its literal", () => {
  fc.assert(
    fc.property(...graphs, (nodes, edges) => {
      const statements = outside(write(cypher, nodes, edges)).split(";\n");
      expect(statements).toHaveLength(1 + nodes.length + edges.length + 1);
      expect(statements.join("")).not.toContain("DELETE");
    }),
  );
});
