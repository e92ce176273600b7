import type { GraphFormat } from "./format.ts";

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** XML 1.0 knows few control characters, however they are written. */
const escape = (text: string): string =>
  text
    .toWellFormed()
    // eslint-disable-next-line no-control-regex -- these are what XML forbids
    .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, "")
    .replaceAll(/[&<>"]/g, (letter) => escapes[letter] ?? letter);

const data = (key: string, value: string | number): string => `<data key="${key}">${escape(String(value))}</data>`;

/** GraphML 1.0, as yEd, Gephi and networkx read it. */
export const graphMl: GraphFormat = {
  contentType: "application/graphml+xml",
  extension: "graphml",
  head: `<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="name" for="node" attr.name="name" attr.type="string"/>
<key id="type" for="node" attr.name="type" attr.type="string"/>
<key id="aliases" for="node" attr.name="aliases" attr.type="string"/>
<key id="mentions" for="node" attr.name="mentions" attr.type="int"/>
<key id="predicate" for="edge" attr.name="predicate" attr.type="string"/>
<key id="weight" for="edge" attr.name="weight" attr.type="int"/>
<key id="confidence" for="edge" attr.name="confidence" attr.type="double"/>
<key id="validFrom" for="edge" attr.name="validFrom" attr.type="string"/>
<key id="validTo" for="edge" attr.name="validTo" attr.type="string"/>
<key id="quote" for="edge" attr.name="quote" attr.type="string"/>
<graph id="graph" edgedefault="directed">
`,
  node: ({ id, name, type, aliases, mentionCount }) =>
    `<node id="${id}">${data("name", name)}${data("type", type)}${data("aliases", aliases.join("; "))}` +
    `${data("mentions", mentionCount)}</node>\n`,
  edge: ({ id, sourceId, targetId, predicate, weight, confidence, validFrom, validTo, evidence: [best] }) =>
    `<edge id="${id}" source="${sourceId}" target="${targetId}">${data("predicate", predicate)}` +
    `${data("weight", weight)}${data("confidence", confidence)}${data("validFrom", validFrom)}` +
    `${validTo === null ? "" : data("validTo", validTo)}${data("quote", best?.quote ?? "")}</edge>\n`,
  tail: "</graph>\n</graphml>\n",
};
