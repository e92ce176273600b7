import type { GraphFormat } from "./format.ts";

const context = {
  "@vocab": "https://schema.org/",
  kg: "urn:gpt-agent:graph:",
  alternateName: { "@container": "@set" },
  subject: { "@id": "kg:subject", "@type": "@id" },
  object: { "@id": "kg:object", "@type": "@id" },
  predicate: "kg:predicate",
  confidence: "kg:confidence",
  citation: { "@container": "@list" },
};

/** What schema.org calls the types of the default ontology; the others are things. */
const types: Readonly<Record<string, string>> = {
  person: "Person",
  organization: "Organization",
  product: "Product",
  service: "Service",
  place: "Place",
  event: "Event",
  document: "CreativeWork",
};

/** JSON-LD 1.1 (W3C). An edge is a statement of its own, since it carries its evidence. */
export const jsonLd: GraphFormat = {
  contentType: "application/ld+json",
  extension: "jsonld",
  head: `{"@context":${JSON.stringify(context)},"@graph":[\n{"@id":"kg:export"}`,
  node: ({ id, type, name, aliases }) =>
    `,\n${JSON.stringify({
      "@id": `kg:${id}`,
      "@type": types[type] ?? "Thing",
      additionalType: type,
      name,
      ...(aliases.length > 0 && { alternateName: aliases }),
    })}`,
  edge: ({ id, sourceId, predicate, targetId, confidence, validFrom, validTo, evidence }) =>
    `,\n${JSON.stringify({
      "@id": `kg:${id}`,
      "@type": "kg:Statement",
      subject: `kg:${sourceId}`,
      predicate,
      object: `kg:${targetId}`,
      confidence,
      validFrom,
      ...(validTo !== null && { validThrough: validTo }),
      citation: evidence.map(({ quote, documentName, pageFrom }) => ({
        "@type": "Quotation",
        text: quote,
        isPartOf: { "@type": "CreativeWork", name: documentName },
        ...(pageFrom !== null && { pagination: String(pageFrom) }),
      })),
    })}`,
  tail: "\n]}\n",
};
