import type { RecordStore } from "../record-store.ts";

/** A kind of record of API v2: its name in addresses and in the store, and what webhooks call it. */
export interface Kind {
  readonly name: "deals" | "persons" | "organizations" | "activities";
  readonly entity: "deal" | "person" | "organization" | "activity";
  /** What must be there to make one. */
  readonly required: "title" | "name" | "subject";
  /** In the store: `field:deal`. Activities have no custom fields. */
  readonly fields: "deal" | "person" | "organization" | undefined;
}

export const kinds: readonly Kind[] = [
  { name: "deals", entity: "deal", required: "title", fields: "deal" },
  { name: "persons", entity: "person", required: "name", fields: "person" },
  { name: "organizations", entity: "organization", required: "name", fields: "organization" },
  { name: "activities", entity: "activity", required: "subject", fields: undefined },
];

/** What the company is, beside its records. Tests may change the switches while the sandbox runs. */
export interface PipedriveCompany {
  readonly companyId: number;
  readonly userId: number;
  readonly name: string;
  readonly domain: string;
  readonly url: string;
  /** How long a new or changed record is missing from search endpoints. */
  searchLagMs: number;
  /** False: 402 for every call. */
  paid: boolean;
}

/** Two users, a pipeline with its stages, and a field of each standard name. */
export const seedCompany = (store: RecordStore, userId: number): void => {
  store.add("user", { name: "Анна Смирнова", email: "anna@example.test", active_flag: true }, { id: String(userId) });
  store.add("user", { name: "Ben Carter", email: "ben@example.test", active_flag: true }, { id: String(userId + 1) });
  store.add("pipeline", { name: "Pipeline", order_nr: 1, is_deal_probability_enabled: false }, { id: "1" });
  ["Qualified", "Proposal", "Negotiations"].forEach((name, index) => {
    store.add("stage", { name, order_nr: index + 1, pipeline_id: 1, deal_probability: 100 }, { id: String(index + 1) });
  });
  for (const [of, keys] of Object.entries({
    deal: ["title", "value", "stage_id", "status", "expected_close_date"],
    person: ["name", "email", "phone", "owner_id"],
    organization: ["name", "address", "owner_id"],
  })) {
    for (const key of keys)
      store.add(`field:${of}`, { key, name: key, field_type: "varchar", custom: false, options: [] });
  }
};

/** RFC 3339 to the second, which is all that v2 keeps. */
export const second = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/u, "Z");
/** v1: without a zone, in UTC. */
export const v1Time = (ms: number): string => second(ms).replace("T", " ").replace("Z", "");
