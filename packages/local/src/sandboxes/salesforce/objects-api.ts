import { plainText } from "../plain-text.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { jsonOf } from "../sandbox-server.ts";
import { addField, fieldsOf, isObject, rowOf } from "./org.ts";
import type { ReadContext } from "./reads.ts";
import { changedIds, describe, errors, shown } from "./reads.ts";
import type { Row } from "./soql.ts";
import type { SaveResult, WriteContext } from "./writes.ts";
import { insert, remove, update, upsert } from "./writes.ts";

const maxRecords = 200;
const maxSubrequests = 25;

export const json = (value: unknown): Row =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Row) : {};
const list = (value: unknown): readonly Row[] => (Array.isArray(value) ? value.map(json) : []);

const refused = ({ errors: [error] }: SaveResult): SandboxAnswer => {
  const code = error?.statusCode ?? "UNKNOWN_EXCEPTION";
  const status = code === "ENTITY_IS_DELETED" || code === "INVALID_CROSS_REFERENCE_KEY" ? 404 : 400;
  return {
    status,
    body: [{ message: error?.message, errorCode: status === 404 ? "NOT_FOUND" : code, fields: error?.fields }],
  };
};

const fieldNames = (object: string, asked: string | null, { store }: ReadContext): readonly string[] =>
  asked === null || asked === "" ? fieldsOf(store, object).map(({ name }) => name) : asked.split(",");

/** `/sobjects/{object}[/{id}]`, `/sobjects/{object}/{field}/{value}`, `describe`, `deleted`, `updated`. */
export const sobjects = (
  request: SandboxRequest,
  [object = "", second, third]: readonly string[],
  reading: ReadContext,
  writing: WriteContext,
): SandboxAnswer => {
  const { method, query } = request;
  const { store, org, base } = reading;
  if (!isObject(object)) return errors(404, "NOT_FOUND", "The requested resource does not exist");
  const body = json(jsonOf(request));
  if (second === undefined) {
    const saved = insert(writing, object, body);
    return saved.success ? { status: 201, body: saved } : refused(saved);
  }
  if (second === "describe") return describe(object, reading);
  if (second === "deleted" || second === "updated") return changedIds(object, second, query, reading);
  if (third !== undefined) {
    const value = decodeURIComponent(third);
    if (method === "PATCH") {
      const saved = upsert(writing, object, second, value, body);
      return saved.success ? { status: saved.created === true ? 201 : 200, body: saved } : refused(saved);
    }
    const found = store.live(object).find(({ data }) => plainText(data[second]) === value);
    if (found === undefined) return errors(404, "NOT_FOUND", "The requested resource does not exist");
    return { status: 200, body: shown(rowOf(found, store, org), object, fieldNames(object, null, reading), base) };
  }
  if (method === "PATCH" || method === "DELETE") {
    const saved = method === "PATCH" ? update(writing, object, second, body) : remove(writing, object, second);
    return saved.success ? { status: 204 } : refused(saved);
  }
  const stored = store.get(object, second);
  if (stored === undefined || stored.deletedAtMs !== undefined)
    return errors(404, "NOT_FOUND", "The requested resource does not exist");
  return {
    status: 200,
    body: shown(rowOf(stored, store, org), object, fieldNames(object, query.get("fields"), reading), base),
  };
};

/** With `allOrNone` one failure undoes the others, which then say so. */
const together = (results: readonly SaveResult[], allOrNone: boolean): readonly SaveResult[] => {
  if (!allOrNone || results.every(({ success }) => success)) return results;
  const error = {
    statusCode: "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    message: "Record rolled back because not all records were valid and the request was using AllOrNone header",
    fields: [],
  };
  return results.map((result) => (result.success ? { success: false, errors: [error] } : result));
};

/** `/composite/sobjects[/{object}[/{field}]]`: up to 200 records, each with its own result, in their order. */
export const collections = (
  request: SandboxRequest,
  [object, field]: readonly string[],
  reading: ReadContext,
  writing: WriteContext,
): SandboxAnswer => {
  const { method, query } = request;
  const { store, org, base } = reading;
  const body = json(jsonOf(request));
  const records = list(body["records"]);
  const allOrNone = body["allOrNone"] === true || query.get("allOrNone") === "true";
  if (records.length > maxRecords)
    return errors(
      400,
      "LIMIT_EXCEEDED",
      `record limit reached. cannot submit more than ${maxRecords} records in this request`,
    );
  const typeOf = (values: Row): string => plainText(json(values["attributes"])["type"]);
  if (object !== undefined && field === undefined) {
    const ids =
      method === "GET"
        ? (query.get("ids") ?? "").split(",")
        : (Array.isArray(body["ids"]) ? body["ids"] : []).map((id) => plainText(id));
    const asked =
      method === "GET"
        ? (query.get("fields") ?? "Id").split(",")
        : (Array.isArray(body["fields"]) ? body["fields"] : []).map((name) => plainText(name));
    if (ids.length > 2_000) return errors(400, "LIMIT_EXCEEDED", "too many ids");
    const found = ids.map((id) => {
      const stored = store.get(object, id);
      return stored === undefined || stored.deletedAtMs !== undefined
        ? null
        : shown(rowOf(stored, store, org), object, [...new Set(["Id", ...asked])], base);
    });
    return { status: 200, body: found };
  }
  if (method === "DELETE") {
    const results = (query.get("ids") ?? "").split(",").map((id) => {
      const type = ["Contact", "Account", "Opportunity", "Task", "Note"].find(
        (name) => store.get(name, id) !== undefined,
      );
      return remove(writing, type ?? "Contact", id);
    });
    return { status: 200, body: together(results, allOrNone) };
  }
  const bad = records.find(
    (values) => !isObject(typeOf(values)) || (object !== undefined && typeOf(values) !== object),
  );
  if (bad !== undefined) return errors(400, "INVALID_TYPE", `sObject type '${typeOf(bad)}' is not supported.`);
  const results = records.map((values) => {
    if (field !== undefined) return upsert(writing, typeOf(values), field, plainText(values[field]), values);
    if (method === "POST") return insert(writing, typeOf(values), values);
    return update(writing, typeOf(values), plainText(values["id"] ?? values["Id"]), values);
  });
  return { status: 200, body: together(results, allOrNone) };
};

/** `/composite`: up to 25 requests one after another; a later one may name an earlier one's result, `@{ref.id}`. */
export const composite = (request: SandboxRequest, run: (request: SandboxRequest) => SandboxAnswer): SandboxAnswer => {
  const body = json(jsonOf(request));
  const parts = list(body["compositeRequest"]);
  if (parts.length > maxSubrequests)
    return errors(400, "LIMIT_EXCEEDED", `Composite request can't contain more than ${maxSubrequests} subrequests`);
  const results = new Map<string, unknown>();
  const filled = (text: string): string =>
    text.replaceAll(/@\{(\w+)((?:\.\w+|\[\d+\])+)\}/gu, (_, reference: string, path: string) => {
      let value: unknown = results.get(reference);
      for (const [, name, index] of path.matchAll(/\.(\w+)|\[(\d+)\]/gu))
        value = (value as Row | undefined)?.[name ?? index ?? ""];
      return plainText(value);
    });
  const compositeResponse = parts.map((part) => {
    const url = new URL(filled(plainText(part["url"])), "http://sandbox");
    const answer = run({
      ...request,
      method: plainText(part["method"]),
      path: url.pathname,
      query: url.searchParams,
      body: part["body"] === undefined ? "" : filled(JSON.stringify(part["body"])),
    });
    const referenceId = plainText(part["referenceId"]);
    results.set(referenceId, answer.body);
    return { body: answer.body ?? null, httpHeaders: {}, httpStatusCode: answer.status, referenceId };
  });
  return { status: 200, body: { compositeResponse } };
};

/** `/tooling/sobjects/CustomField`: makes a field, as `Contact.Ext_Id__c` with its metadata. */
export const customField = (request: SandboxRequest, { store }: ReadContext): SandboxAnswer => {
  const body = json(jsonOf(request));
  const [object = "", name = ""] = plainText(body["FullName"]).split(".");
  const metadata = json(body["Metadata"]);
  if (!isObject(object) || !/^\w+__c$/u.test(name))
    return errors(400, "INVALID_FIELD", "FullName must be Object.Field__c");
  if (store.get(`field:${object}`, name) !== undefined) {
    return errors(
      400,
      "DUPLICATE_DEVELOPER_NAME",
      `There is already a field named ${name.replace(/__c$/u, "")} on ${object}.`,
    );
  }
  addField(store, object, {
    name,
    label: plainText(metadata["label"]) || name,
    type: plainText(metadata["type"]) === "Text" ? "string" : plainText(metadata["type"]).toLowerCase(),
    externalId: metadata["externalId"] === true,
    unique: metadata["unique"] === true,
  });
  return {
    status: 201,
    body: {
      id: `00N5g00000${String(store.live(`field:${object}`).length).padStart(5, "0")}EAA`,
      success: true,
      errors: [],
    },
  };
};
