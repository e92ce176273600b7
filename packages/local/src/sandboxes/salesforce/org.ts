import { plainText } from "../plain-text.ts";
import type { RecordStore, StoredRecord } from "../record-store.ts";
import type { Row } from "./soql.ts";

export interface FieldData {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly custom: boolean;
  readonly updateable: boolean;
  readonly externalId: boolean;
  readonly unique: boolean;
  readonly required: boolean;
  readonly picklist: readonly string[];
}

/** What the org is, beside its records. Tests may change the switches while the sandbox runs. */
export interface SalesforceOrg {
  readonly organizationId: string;
  readonly userId: string;
  readonly url: string;
  /** How long one call takes: what the count of concurrent calls is made of. */
  workMs: number;
  /** False: the API is switched off, as in an edition without it. */
  apiEnabled: boolean;
}

/** `00Q`-style prefixes of ids, by object. */
const prefixes: Readonly<Record<string, string>> = {
  Account: "001",
  Contact: "003",
  Opportunity: "006",
  User: "005",
  Note: "002",
  Task: "00T",
  OpportunityStage: "01J",
  PermissionSet: "0PS",
  FieldPermissions: "01k",
};

/** 15 characters and their 3 of checksum, rising with every record made. */
export const newSalesforceId = (type: string, sequence: number): string =>
  `${prefixes[type] ?? "a00"}5g${String(sequence).padStart(10, "0")}AAA`;

/** `2026-11-23T20:15:00.000+0000`: whole seconds. */
export const salesforceTime = (ms: number): string =>
  `${new Date(Math.floor(ms / 1_000) * 1_000).toISOString().slice(0, 19)}.000+0000`;

const standard: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Account: {
    Name: "string",
    Phone: "phone",
    Website: "url",
    BillingStreet: "textarea",
    BillingCity: "string",
    BillingCountry: "string",
    Description: "textarea",
  },
  Contact: {
    Name: "string",
    FirstName: "string",
    LastName: "string",
    Email: "email",
    Phone: "phone",
    MobilePhone: "phone",
    Title: "string",
    AccountId: "reference",
    Description: "textarea",
  },
  Opportunity: {
    Name: "string",
    Amount: "currency",
    CurrencyIsoCode: "string",
    StageName: "picklist",
    CloseDate: "date",
    AccountId: "reference",
    ContactId: "reference",
    IsClosed: "boolean",
    IsWon: "boolean",
    Description: "textarea",
  },
  Task: {
    Subject: "string",
    Description: "textarea",
    Status: "picklist",
    Priority: "picklist",
    ActivityDate: "date",
    WhoId: "reference",
    WhatId: "reference",
    IsClosed: "boolean",
    TaskSubtype: "string",
  },
  Note: { Title: "string", Body: "textarea", ParentId: "reference", IsPrivate: "boolean" },
  User: {
    Name: "string",
    FirstName: "string",
    LastName: "string",
    Email: "email",
    Username: "string",
    IsActive: "boolean",
    UserType: "picklist",
    ProfileId: "reference",
  },
  // Each profile has a permission set that stands for it; a new field is shown to nobody until one says so.
  PermissionSet: { Name: "string", ProfileId: "reference", IsOwnedByProfile: "boolean" },
  FieldPermissions: {
    ParentId: "reference",
    SobjectType: "picklist",
    Field: "picklist",
    PermissionsRead: "boolean",
    PermissionsEdit: "boolean",
  },
  OpportunityStage: {
    MasterLabel: "string",
    ApiName: "string",
    IsActive: "boolean",
    IsClosed: "boolean",
    IsWon: "boolean",
    SortOrder: "int",
    DefaultProbability: "percent",
  },
  Organization: { Name: "string", OrganizationType: "picklist", InstanceName: "string", IsSandbox: "boolean" },
};
const required: Readonly<Record<string, readonly string[]>> = {
  Account: ["Name"],
  Contact: ["LastName"],
  Opportunity: ["Name", "StageName", "CloseDate"],
  Note: ["Title", "ParentId"],
};
const readOnly: Readonly<Record<string, readonly string[]>> = {
  Contact: ["Name"],
  Opportunity: ["IsClosed", "IsWon"],
  Task: ["IsClosed"],
};
const system: Readonly<Record<string, string>> = {
  Id: "id",
  IsDeleted: "boolean",
  CreatedDate: "datetime",
  CreatedById: "reference",
  LastModifiedDate: "datetime",
  LastModifiedById: "reference",
  SystemModstamp: "datetime",
};
export const isObject = (name: string): boolean => name in standard;

export const addField = (
  store: RecordStore,
  object: string,
  field: Partial<FieldData> & { readonly name: string },
): void => {
  const data: FieldData = {
    label: field.name,
    type: "string",
    custom: field.name.endsWith("__c"),
    updateable: true,
    externalId: false,
    unique: false,
    required: false,
    picklist: [],
    ...field,
  };
  store.add(`field:${object}`, { ...data }, { id: data.name });
};

/** Users, stages, the organisation itself, and each object's fields in `field:<object>`. */
export const seedOrg = (store: RecordStore, { organizationId, userId }: SalesforceOrg): void => {
  for (const [object, fields] of Object.entries(standard)) {
    for (const [name, type] of Object.entries(system)) addField(store, object, { name, type, updateable: false });
    if (!["User", "Organization", "OpportunityStage", "PermissionSet", "FieldPermissions"].includes(object)) {
      addField(store, object, { name: "OwnerId", type: "reference" });
    }
    for (const [name, type] of Object.entries(fields)) {
      addField(store, object, {
        name,
        type,
        updateable: !(readOnly[object] ?? []).includes(name),
        required: (required[object] ?? []).includes(name),
      });
    }
  }
  store.add(
    "Organization",
    { Name: "Песочница", OrganizationType: "Enterprise Edition", InstanceName: "EU42", IsSandbox: false },
    { id: organizationId },
  );
  store.add(
    "User",
    {
      Name: "Анна Смирнова",
      Email: "anna@example.test",
      Username: "anna@example.test",
      IsActive: true,
      UserType: "Standard",
      ProfileId: "00e5g000001PrOfAAK",
    },
    { id: userId },
  );
  store.add("PermissionSet", { Name: "X00ex", ProfileId: "00e5g000001PrOfAAK", IsOwnedByProfile: true });
  const stage = (label: string, order: number, probability: number, isClosed: boolean, isWon: boolean): void => {
    store.add("OpportunityStage", {
      MasterLabel: label,
      ApiName: label,
      IsActive: true,
      IsClosed: isClosed,
      IsWon: isWon,
      SortOrder: order,
      DefaultProbability: probability,
    });
  };
  stage("Prospecting", 1, 10, false, false);
  stage("Proposal/Price Quote", 2, 75, false, false);
  stage("Closed Won", 3, 100, true, true);
  stage("Closed Lost", 4, 0, true, false);
};

export const fieldsOf = (store: RecordStore, object: string): readonly FieldData[] =>
  store.live(`field:${object}`).map(({ data }) => data as unknown as FieldData);

/** All fields of a record, the computed ones too. */
export const rowOf = (
  stored: StoredRecord,
  store: RecordStore,
  { userId }: SalesforceOrg,
  fields = fieldsOf(store, stored.type),
): Row => {
  const empty = Object.fromEntries(fields.map(({ name, type }) => [name, type === "boolean" ? false : null]));
  const { data, type } = stored;
  const stage =
    type === "Opportunity"
      ? store.live("OpportunityStage").find((one) => one.data["ApiName"] === data["StageName"])
      : undefined;
  return {
    ...empty,
    ...("OwnerId" in empty ? { OwnerId: userId } : {}),
    ...data,
    ...(type === "Contact"
      ? {
          Name: [data["FirstName"], data["LastName"]]
            .map((part) => plainText(part))
            .filter(Boolean)
            .join(" "),
        }
      : {}),
    ...(type === "Task" ? { IsClosed: data["Status"] === "Completed" } : {}),
    ...(stage === undefined ? {} : { IsClosed: stage.data["IsClosed"], IsWon: stage.data["IsWon"] }),
    Id: stored.id,
    IsDeleted: stored.deletedAtMs !== undefined,
    CreatedDate: salesforceTime(stored.createdAtMs),
    CreatedById: userId,
    LastModifiedDate: salesforceTime(stored.updatedAtMs),
    LastModifiedById: userId,
    SystemModstamp: salesforceTime(stored.updatedAtMs),
  };
};
