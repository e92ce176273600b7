import type { RecordStore } from "../record-store.ts";

/** An object type: its name in addresses, its number, what webhooks call it, and which property holds its last change. */
export interface ObjectType {
  readonly name: "contacts" | "companies" | "deals" | "notes" | "tasks" | "calls";
  readonly typeId: string;
  /** Absent: only generic `object.*` subscriptions tell of it. */
  readonly webhookName?: string;
  readonly modified: "lastmodifieddate" | "hs_lastmodifieddate";
  readonly created: "createdate" | "hs_createdate";
}

export const objectTypes: readonly ObjectType[] = [
  {
    name: "contacts",
    typeId: "0-1",
    webhookName: "contact",
    modified: "lastmodifieddate",
    created: "createdate",
  },
  {
    name: "companies",
    typeId: "0-2",
    webhookName: "company",
    modified: "hs_lastmodifieddate",
    created: "createdate",
  },
  { name: "deals", typeId: "0-3", webhookName: "deal", modified: "hs_lastmodifieddate", created: "createdate" },
  { name: "notes", typeId: "0-46", modified: "hs_lastmodifieddate", created: "hs_createdate" },
  { name: "tasks", typeId: "0-27", modified: "hs_lastmodifieddate", created: "hs_createdate" },
  { name: "calls", typeId: "0-48", modified: "hs_lastmodifieddate", created: "hs_createdate" },
];

/** By its plural name, its singular or its number, as addresses take it. */
export const objectType = (word: string): ObjectType | undefined =>
  objectTypes.find(
    ({ name, typeId, webhookName }) =>
      name === word || typeId === word || webhookName === word || name.slice(0, -1) === word,
  );

/** What the account is, beside its records. Tests may change the switches while the sandbox runs. */
export interface HubspotPortal {
  readonly portalId: number;
  readonly appId: number;
  readonly url: string;
  /** How long a new or changed record is missing from `/search`. */
  searchLagMs: number;
  /** False: every call is refused with 402, as of a suspended account. */
  paid: boolean;
}

const dateTimes = new Set([
  "createdate",
  "hs_createdate",
  "lastmodifieddate",
  "hs_lastmodifieddate",
  "closedate",
  "hs_timestamp",
]);

const seeds: Readonly<Record<ObjectType["name"], readonly string[]>> = {
  contacts: [
    "email",
    "firstname",
    "lastname",
    "phone",
    "mobilephone",
    "jobtitle",
    "company",
    "website",
    "hs_additional_emails",
  ],
  companies: ["name", "domain", "phone", "website", "address", "city", "country", "description"],
  deals: [
    "dealname",
    "amount",
    "dealstage",
    "pipeline",
    "closedate",
    "deal_currency_code",
    "description",
    "dealtype",
    "hs_is_closed_won",
    "hs_is_closed",
  ],
  notes: ["hs_note_body", "hs_timestamp", "hs_attachment_ids"],
  tasks: ["hs_task_subject", "hs_task_body", "hs_task_status", "hs_task_priority", "hs_task_type", "hs_timestamp"],
  calls: ["hs_call_title", "hs_call_body", "hs_timestamp"],
};

const readOnly = new Set([
  "hs_object_id",
  "createdate",
  "hs_createdate",
  "lastmodifieddate",
  "hs_lastmodifieddate",
  "hs_is_closed",
  "hs_is_closed_won",
]);
/** Deals and engagements may be made with a date of their own. */
const settable = new Set(["hs_timestamp", "closedate"]);

export interface PropertyData {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly fieldType: string;
  readonly hasUniqueValue: boolean;
  readonly readOnly: boolean;
  readonly options: readonly { readonly label: string; readonly value: string }[];
  readonly hubspotDefined: boolean;
}

const standard = (name: string): PropertyData => {
  const time = dateTimes.has(name);
  const number = name === "amount" || name === "hs_object_id";
  return {
    name,
    label: name,
    type: time ? "datetime" : number ? "number" : "string",
    fieldType: time ? "date" : number ? "number" : "text",
    hasUniqueValue: name === "email" || name === "hs_object_id",
    readOnly: readOnly.has(name) && !settable.has(name),
    options: [],
    hubspotDefined: true,
  };
};

/** Two owners, one pipeline of deals, and the properties that every portal has. Properties lie in `property:<type>`. */
export const seedPortal = (store: RecordStore): void => {
  for (const type of objectTypes) {
    for (const name of ["hs_object_id", type.created, type.modified, "hubspot_owner_id", ...seeds[type.name]]) {
      store.add(`property:${type.name}`, { ...standard(name) }, { id: name });
    }
  }
  store.add("owner", { email: "anna@example.test", firstName: "Анна", lastName: "Смирнова" }, { id: "501" });
  store.add("owner", { email: "ben@example.test", firstName: "Ben", lastName: "Carter" }, { id: "502" });
  const stage = (id: string, label: string, displayOrder: number, probability: string, isClosed: boolean) => ({
    id,
    label,
    displayOrder,
    archived: false,
    metadata: { isClosed: String(isClosed), probability },
  });
  store.add(
    "pipeline",
    {
      label: "Sales Pipeline",
      displayOrder: 0,
      stages: [
        stage("appointmentscheduled", "Appointment Scheduled", 0, "0.2", false),
        stage("qualifiedtobuy", "Qualified To Buy", 1, "0.4", false),
        stage("closedwon", "Closed Won", 2, "1.0", true),
        stage("closedlost", "Closed Lost", 3, "0.0", true),
      ],
    },
    { id: "default" },
  );
};

export const propertyOf = (store: RecordStore, type: string, name: string): PropertyData | undefined =>
  store.get(`property:${type}`, name)?.data as PropertyData | undefined;
