import { plainText } from "../plain-text.ts";
import type { StoredRecord } from "../record-store.ts";
import type { Row } from "./item-filter.ts";
import { filterOf, ordered, pageOf } from "./item-filter.ts";
import type { BitrixCall, MethodAnswer } from "./items.ts";
import { itemTypes, portalTime, upperName } from "./portal.ts";
import { BitrixRefusal } from "./refusal.ts";

type Method = (call: BitrixCall) => MethodAnswer;

const found = (call: BitrixCall, type: string): StoredRecord => {
  const record = call.store.get(type, plainText(call.params["id"] ?? call.params["ID"]));
  if (record === undefined || record.deletedAtMs !== undefined) throw new BitrixRefusal(400, "NOT_FOUND", "Not found");
  return record;
};

const fieldsOf = ({ params }: BitrixCall): Row =>
  Object.fromEntries(Object.entries((params["fields"] ?? {}) as Row).map(([name, value]) => [upperName(name), value]));

/** These methods answer all values as text, as PHP's database layer hands them on. */
const textual = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === "number" ? String(value) : value]),
  );

const listed = (call: BitrixCall, rows: readonly Row[]): MethodAnswer => {
  const { params } = call;
  const page = pageOf(
    ordered(rows.filter(filterOf(params["filter"], upperName)), params["order"] ?? { ID: "ASC" }, upperName),
    Number(plainText(params["start"]) || 0),
  );
  return { ...page, result: page.rows };
};

const activityModel = (record: StoredRecord, userId: number): Row =>
  textual({
    ID: record.id,
    OWNER_ID: 0,
    OWNER_TYPE_ID: 2,
    TYPE_ID: 6,
    PROVIDER_ID: "CRM_TODO",
    SUBJECT: "",
    DESCRIPTION: "",
    COMPLETED: "N",
    RESPONSIBLE_ID: userId,
    AUTHOR_ID: userId,
    ORIGINATOR_ID: null,
    ORIGIN_ID: null,
    DEADLINE: null,
    ...record.data,
    CREATED: portalTime(record.createdAtMs),
    LAST_UPDATED: portalTime(record.updatedAtMs),
  });

const commentModel = (record: StoredRecord, userId: number): Row =>
  textual({ ID: record.id, AUTHOR_ID: userId, CREATED: portalTime(record.createdAtMs), ...record.data });

const todoFields = (params: Row): Row => ({
  ...(params["ownerTypeId"] === undefined ? {} : { OWNER_TYPE_ID: Number(params["ownerTypeId"]) }),
  ...(params["ownerId"] === undefined ? {} : { OWNER_ID: Number(params["ownerId"]) }),
  ...(params["title"] === undefined ? {} : { SUBJECT: params["title"] }),
  ...(params["description"] === undefined ? {} : { DESCRIPTION: params["description"] }),
  ...(params["responsibleId"] === undefined ? {} : { RESPONSIBLE_ID: Number(params["responsibleId"]) }),
  ...(params["deadline"] === undefined ? {} : { DEADLINE: params["deadline"] }),
});

const activities: Readonly<Record<string, Method>> = {
  "crm.activity.list": (call) =>
    listed(
      call,
      call.store.live("activity").map((record) => activityModel(record, call.portal.userId)),
    ),
  "crm.activity.get": (call) => ({ result: activityModel(found(call, "activity"), call.portal.userId) }),
  "crm.activity.add": (call) => {
    const fields = fieldsOf(call);
    if (fields["OWNER_ID"] === undefined || fields["OWNER_TYPE_ID"] === undefined) {
      throw new BitrixRefusal(400, "ERROR_CORE", "The field OWNER_ID and OWNER_TYPE_ID are required.");
    }
    return { result: Number(call.store.add("activity", fields, { by: call.by }).id) };
  },
  "crm.activity.update": (call) => {
    call.store.edit("activity", found(call, "activity").id, fieldsOf(call), { by: call.by });
    return { result: true };
  },
  "crm.activity.delete": (call) => {
    call.store.remove("activity", found(call, "activity").id, { by: call.by });
    return { result: true };
  },
  "crm.activity.todo.add": (call) => {
    if (plainText(call.params["deadline"]) === "") {
      throw new BitrixRefusal(400, "100", "Could not find value for parameter {deadline}");
    }
    const record = call.store.add("activity", todoFields(call.params), { by: call.by });
    return { result: { id: Number(record.id) } };
  },
  "crm.activity.todo.update": (call) => {
    const { id } = call.store.edit("activity", found(call, "activity").id, todoFields(call.params), { by: call.by });
    return { result: { id: Number(id) } };
  },
};

const comments: Readonly<Record<string, Method>> = {
  "crm.timeline.comment.list": (call) => {
    const filter = JSON.stringify(call.params["filter"] ?? {}).toUpperCase();
    if (!filter.includes("ENTITY_ID") || !filter.includes("ENTITY_TYPE")) {
      throw new BitrixRefusal(400, "100", "ENTITY_ID and ENTITY_TYPE are required in filter");
    }
    return listed(
      call,
      call.store.live("comment").map((record) => commentModel(record, call.portal.userId)),
    );
  },
  "crm.timeline.comment.get": (call) => ({ result: commentModel(found(call, "comment"), call.portal.userId) }),
  "crm.timeline.comment.add": (call) => {
    const fields = fieldsOf(call);
    const type = itemTypes.find(({ type }) => type === plainText(fields["ENTITY_TYPE"]).toLowerCase());
    const owner = type && call.store.get(type.type, plainText(fields["ENTITY_ID"]));
    if (owner === undefined) throw new BitrixRefusal(400, "OWNER_NOT_FOUND", "Owner was not found");
    return { result: Number(call.store.add("comment", fields, { by: call.by }).id) };
  },
  "crm.timeline.comment.update": (call) => {
    call.store.edit("comment", found(call, "comment").id, fieldsOf(call), { by: call.by });
    return { result: true };
  },
  "crm.timeline.comment.delete": (call) => {
    call.store.remove("comment", found(call, "comment").id, { by: call.by });
    return { result: true };
  },
};

const directory: Readonly<Record<string, Method>> = {
  "crm.category.list": (call) => {
    const rows = call.store
      .live("category")
      .map((record): Row => ({ ...record.data, id: Number(record.id) }))
      .filter((row) => row["entityTypeId"] === Number(call.params["entityTypeId"]));
    return { result: { categories: rows }, total: rows.length };
  },
  "crm.status.list": (call) =>
    listed(
      call,
      call.store.live("status").map((record) => ({ ID: record.id, ...record.data })),
    ),
  "user.get": (call) =>
    listed(
      call,
      call.store.live("user").map((record) => ({ ID: record.id, ...record.data })),
    ),
  "user.current": (call) => ({
    result: { ID: String(call.portal.userId), ...call.store.get("user", String(call.portal.userId))?.data },
  }),
  profile: (call) => ({
    result: {
      ID: String(call.portal.userId),
      ADMIN: true,
      ...call.store.get("user", String(call.portal.userId))?.data,
    },
  }),
  "app.info": (call) => ({
    result: {
      ID: 1,
      CODE: call.by.kind === "app" ? call.by.clientId : "",
      STATUS: "L",
      INSTALLED: true,
      LICENSE: "ru_pro100",
      LANGUAGE_ID: "ru",
    },
  }),
  "server.time": (call) => ({ result: portalTime(call.clock()) }),
};

/** `crm.<type>.userfield.add` and `.list`: fields of the portal's own. */
const userFields: Readonly<Record<string, Method>> = Object.fromEntries(
  itemTypes.flatMap(({ type }): [string, Method][] => [
    [
      `crm.${type}.userfield.add`,
      (call) => {
        const fields = fieldsOf(call);
        const name = `UF_CRM_${plainText(fields["FIELD_NAME"]).replace(/^UF_CRM_/u, "")}`;
        const camel = name.toLowerCase().replaceAll(/_([a-z0-9])/gu, (_, letter: string) => letter.toUpperCase());
        const title = fields["EDIT_FORM_LABEL"] ?? fields["LABEL"] ?? name;
        const record = call.store.add(
          `userfield:${type}`,
          { name: camel, upperName: name, type: fields["USER_TYPE_ID"] ?? "string", title: plainText(title) || name },
          { by: call.by },
        );
        return { result: Number(record.id) };
      },
    ],
    [
      `crm.${type}.userfield.list`,
      (call) =>
        listed(
          call,
          call.store.live(`userfield:${type}`).map(({ id, data }) => ({
            ID: id,
            ENTITY_ID: `CRM_${type.toUpperCase()}`,
            FIELD_NAME: data["upperName"],
            USER_TYPE_ID: data["type"],
            MULTIPLE: "N",
            MANDATORY: "N",
          })),
        ),
    ],
  ]),
);

/** Methods with names and values in the style of before `crm.item.*`. */
export const olderMethods: Readonly<Record<string, Method>> = {
  ...activities,
  ...comments,
  ...directory,
  ...userFields,
};
