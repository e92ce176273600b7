import type { z } from "zod";
import type { CallOptions, FieldValue, WriteOperation, WriteResult } from "../provider.ts";
import type { ApiRequest } from "../transport/api-call.ts";
import { tidySaid } from "../transport/errors.ts";
import { allResults, orUnclear } from "../transport/or-unclear.ts";
import type { Transport } from "../transport/transport.ts";
import { requestTimeoutMs } from "./dialect.ts";
import { entityOfId, isKeyed, isObjectEntity, type ObjectEntity, objectTypes } from "./objects.ts";
import type { SalesforceReading } from "./reading.ts";
import { dataPath, type Field, savedSchema } from "./schemas.ts";
import { writeValue } from "./values.ts";

/** Records of one collection. */
export const maxBatch = 200;

type Body = Record<string, unknown>;
type Build = (value: FieldValue, operation: WriteOperation) => Body;

const as =
  (name: string, convert: (value: FieldValue) => unknown = (value) => value): Build =>
  (value) => ({ [name]: convert(value) });
const first = (value: FieldValue): unknown =>
  typeof value === "object" && value !== null ? (value[0] ?? null) : value;
const day = (value: FieldValue): unknown => (typeof value === "string" ? value.slice(0, 10) : null);
const responsible = as("OwnerId");

/** The last word of all is the last name, which a contact must have. */
const nameParts: Build = (value, { fields }) => {
  if (fields["firstName"] !== undefined || fields["lastName"] !== undefined) return {};
  const [, given = "", family = ""] = /^\s*(?:(.*)\s)?(\S*)\s*$/su.exec(String(value ?? "")) ?? [];
  return { FirstName: given.trim() === "" ? null : given.trim(), LastName: family === "" ? null : family };
};

const phones: Build = (value) => {
  const [phone, mobile] = typeof value === "object" && value !== null ? value : [value];
  return { Phone: phone ?? null, MobilePhone: mobile ?? null };
};

const builders: Readonly<Record<ObjectEntity, Readonly<Record<string, Build>>>> = {
  contact: {
    name: nameParts,
    firstName: as("FirstName"),
    lastName: as("LastName"),
    position: as("Title"),
    email: as("Email", first),
    phone: phones,
    responsible,
  },
  company: {
    name: as("Name"),
    phone: as("Phone", first),
    website: as("Website"),
    address: as("BillingStreet"),
    responsible,
  },
  deal: {
    name: as("Name"),
    amount: as("Amount"),
    currency: as("CurrencyIsoCode"),
    stage: as("StageName"),
    expectedCloseAt: as("CloseDate", day),
    responsible,
  },
  note: {
    text: (value) => ({
      Title:
        String(value ?? "")
          .split("\n")[0]
          ?.slice(0, 80) || "Note",
      Body: value,
    }),
    responsible,
  },
  task: {
    name: as("Subject"),
    text: as("Description"),
    dueAt: as("ActivityDate", day),
    done: (value) => ({ Status: value === true ? "Completed" : "Not Started" }),
    kind: as("Type"),
    responsible,
  },
};

/** What a record names by itself: one of each kind. Contacts of an existing deal are roles, which nothing here touches. */
const linksOf = ({ entity, remoteId, links = [] }: WriteOperation): Body => {
  const idOf = (kind: ObjectEntity): string | undefined =>
    links.find((link) => link.entity === kind && entityOfId(link.remoteId) === kind)?.remoteId;
  const owner = idOf("deal") ?? idOf("company") ?? idOf("contact");
  const own: Readonly<Record<ObjectEntity, Body>> = {
    contact: { AccountId: idOf("company") },
    company: {},
    deal: { AccountId: idOf("company"), ...(remoteId === undefined ? { ContactId: idOf("contact") } : {}) },
    note: remoteId === undefined ? { ParentId: owner } : {},
    task: { WhoId: idOf("contact"), WhatId: idOf("deal") ?? idOf("company") },
  };
  return isObjectEntity(entity)
    ? Object.fromEntries(Object.entries(own[entity]).filter(([, value]) => value !== undefined))
    : {};
};

const bodyOf = (entity: ObjectEntity, operation: WriteOperation, definitions: readonly Field[]): Body => {
  const known = new Map(definitions.map((field) => [field.name, field]));
  const custom = Object.entries(operation.customFields).map(([name, value]) => ({
    [name]: writeValue(known.get(name), value),
  }));
  const own = Object.entries(operation.fields).map(([name, value]) => builders[entity][name]?.(value, operation) ?? {});
  return Object.assign(
    { attributes: { type: objectTypes[entity].name } },
    ...own,
    ...custom,
    linksOf(operation),
  ) as Body;
};

/**
 * Changes in one request, creates in another. Contacts,
 * accounts and opportunities are upserts under our external id: the same again changes the record that it made.
 */
export const makeWrite =
  (
    transport: Transport,
    reading: SalesforceReading,
    keyOf: (entity: ObjectEntity, options: CallOptions) => Promise<string | undefined>,
  ) =>
  (operations: readonly WriteOperation[], options: CallOptions): Promise<readonly WriteResult[]> =>
    allResults("Salesforce", operations, async (results) => {
      const changes: WriteOperation[] = [];
      const creates: WriteOperation[] = [];
      for (const operation of operations) {
        const { entity, remoteId } = operation;
        const message = refusalOf(operation);
        if (message !== undefined) results.set(operation, { state: "refused", code: "crm_record_refused", message });
        else if (isObjectEntity(entity)) (remoteId === undefined ? creates : changes).push(operation);
      }
      const entity = operations.find((operation) => !results.has(operation))?.entity;
      if (entity !== undefined && isObjectEntity(entity)) {
        const mapped = operations.some(({ customFields }) => Object.keys(customFields).length > 0);
        const definitions = mapped ? await reading.fieldsOf(entity, options) : [];
        const body = (operation: WriteOperation): Body => bodyOf(entity, operation, definitions);
        const collection = `${dataPath}/composite/sobjects`;
        if (changes.length > 0) {
          const records = changes.map((operation) => ({ ...body(operation), id: operation.remoteId }));
          await send(transport, { method: "PATCH", path: collection }, records, changes, results, options);
        }
        if (creates.length > 0) {
          const key = isKeyed(entity) ? await keyOf(entity, options) : undefined;
          const records = creates.map((operation) => ({
            ...body(operation),
            ...(key === undefined ? {} : { [key]: operation.externalId }),
          }));
          const request =
            key === undefined
              ? ({ method: "POST", path: collection } as const)
              : ({ method: "PATCH", path: `${collection}/${objectTypes[entity].name}/${key}` } as const);
          await send(transport, request, records, creates, results, options);
        }
      }
    });

const refusalOf = (operation: WriteOperation): string | undefined => {
  const { entity, remoteId } = operation;
  if (!isObjectEntity(entity)) return `Records of kind ${entity} are not written.`;
  if (entity === "note" && remoteId === undefined && linksOf(operation)["ParentId"] === undefined) {
    return "A note needs a contact, company or deal to hang on.";
  }
  return undefined;
};

type Saved = z.output<typeof savedSchema>[number];

/** Somebody else writes the same record just now: nothing was stored, and the next try may. */
const passing = new Set(["UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE"]);

const resultOf = (saved: Saved | undefined): WriteResult => {
  if (saved === undefined) return { state: "unclear", message: "Salesforce did not say what became of it." };
  if (saved.success && saved.id) return { state: "written", remoteId: saved.id, updatedAtMs: undefined };
  const message = tidySaid(
    saved.errors.map(({ message, statusCode }) => message ?? statusCode ?? "refused").join("; "),
  );
  if (saved.errors.some(({ statusCode }) => passing.has(statusCode ?? ""))) return { state: "unclear", message };
  return { state: "refused", code: "crm_record_refused", message };
};

const send = async (
  transport: Transport,
  request: Pick<ApiRequest, "method" | "path">,
  records: readonly Body[],
  operations: readonly WriteOperation[],
  results: Map<WriteOperation, WriteResult>,
  options: CallOptions,
): Promise<void> => {
  const answered = await orUnclear(operations, async () => {
    const json = { allOrNone: false, records };
    const saved = await transport.read(
      savedSchema,
      { ...request, json, effect: "write", totalTimeoutMs: requestTimeoutMs },
      options,
    );
    return operations.map((_, place) => resultOf(saved[place]));
  });
  for (const [place, result] of answered.entries()) {
    const operation = operations[place];
    if (operation !== undefined) results.set(operation, result);
  }
};
