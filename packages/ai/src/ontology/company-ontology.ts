import type { Ontology, RelationType } from "./ontology.ts";

const makers = ["organization", "person"];
const offered = ["product", "service", "feature", "technology"];
const doers = ["organization", "person", "product", "service", "process", "technology", "feature"];

const relation = (name: string, definition: string, source?: string[], target?: string[]): RelationType => ({
  name,
  definition,
  ...(source && { source }),
  ...(target && { target }),
});

/**
 * What companies write about. Guided: relations that it does not list are kept under their own names, since no list holds what
 * a company may say of itself.
 */
export const companyOntology: Ontology = {
  mode: "guided",
  entityTypes: [
    { name: "person", definition: "A human being, by name" },
    { name: "organization", definition: "A company, authority, institution, party, team or department, by name" },
    { name: "product", definition: "Something that is made and sold: goods, devices, programs" },
    { name: "service", definition: "Something that is done for others, or runs for them" },
    { name: "process", definition: "A named procedure or workflow: onboarding, приёмка товара" },
    { name: "feature", definition: "A named ability or part of a product or service" },
    { name: "event", definition: "Something that takes place once or yearly: a conference, a launch, an incident" },
    { name: "place", definition: "A country, region, city, address, building or site" },
    { name: "technology", definition: "A method, language, standard, framework or material that others build on" },
    { name: "document", definition: "A contract, law, order, report, standard or policy, by its name or number" },
    { name: "metric", definition: "A named measure: revenue, NPS, время отклика" },
  ],
  relations: [
    relation("works_at", "Is employed by", ["person"], ["organization"]),
    relation("leads", "Is at the head of", ["person"], ["organization", "product", "service", "process", "event"]),
    relation("ceo_of", "Is the chief executive of", ["person"], ["organization"]),
    relation("reports_to", "Has as a superior", ["person"], ["person", "organization"]),
    relation("founded_by", "Was founded by", ["organization"], makers),
    relation("located_in", "Lies in, is based in", undefined, ["place"]),
    relation("born_in", "Was born in", ["person"], ["place"]),
    relation("studied_at", "Was a student of", ["person"], ["organization"]),
    relation("part_of", "Is a part, division or member of"),
    relation("owns", "Holds as property, in part or in full", makers),
    relation("acquired", "Bought", makers, ["organization", ...offered]),
    relation("invested_in", "Put money into", makers, ["organization", "product", "service"]),
    relation("partner_of", "Has an agreement with", ["organization"], ["organization"]),
    relation("competitor_of", "Competes with", ["organization", ...offered], ["organization", ...offered]),
    relation("customer_of", "Buys from", makers, ["organization"]),
    relation("supplies", "Delivers to, or delivers what", ["organization"]),
    relation("produces", "Makes or offers", ["organization"], offered),
    relation("uses", "Makes use of", doers, [...offered, "process", "document"]),
    relation("integrates_with", "Exchanges data with", offered, offered),
    relation("replaces", "Takes the place of"),
    relation("responsible_for", "Answers for", makers),
    relation("participates_in", "Takes part in", undefined, ["event", "process"]),
    relation("governed_by", "Has to follow", undefined, ["document"]),
    relation("measured_by", "Is judged by", undefined, ["metric"]),
  ],
};
