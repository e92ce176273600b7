import type { RecordStore, StoreChange } from "../record-store.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import type { NestedForm } from "../nested-form.ts";
import { formList } from "../nested-form.ts";
import type { KommoAccount } from "./account.ts";
import { pageOf, readQuery } from "./listing.ts";
import { seconds } from "./models.ts";

/** How an event names an entity. */
const singular: Readonly<Record<string, string>> = {
  leads: "lead",
  contacts: "contact",
  companies: "company",
  tasks: "task",
};

interface KommoEvent {
  readonly id: string;
  readonly type: string;
  readonly entity_id: number;
  readonly entity_type: string;
  readonly created_by: number;
  readonly created_at: number;
  readonly account_id: number;
  readonly value_after: readonly unknown[];
  readonly value_before: readonly unknown[];
}

/** The account's event log, which is the only place that tells of deletions: `GET /api/v4/events`. */
export const makeEventLog = (
  store: RecordStore,
  account: KommoAccount,
): { list(request: SandboxRequest): SandboxAnswer } => {
  const events: KommoEvent[] = [];
  store.onChange(({ action, record }: StoreChange) => {
    const entity = singular[record.type];
    if (entity === undefined || action === "updated") return;
    events.push({
      id: `01sandbox${String(events.length + 1).padStart(17, "0")}`,
      type: `${entity}_${action}`,
      entity_id: Number(record.id),
      entity_type: entity,
      created_by: account.userId,
      created_at: seconds(record.updatedAtMs),
      account_id: account.id,
      value_after: [],
      value_before: [],
    });
  });

  const matches = (event: KommoEvent, filter: NestedForm): boolean => {
    const oneOf = (name: string, own: string): boolean => {
      const wanted = new Set(formList(filter[name]).flatMap((value) => value.split(",")));
      return wanted.size === 0 || wanted.has(own);
    };
    const created = filter["created_at"];
    const range = typeof created === "string" ? { from: created } : (created ?? {});
    const limit = (name: "from" | "to", otherwise: number): number => Number(range[name] ?? otherwise);
    return (
      oneOf("type", event.type) &&
      oneOf("entity", event.entity_type) &&
      oneOf("entity_id", String(event.entity_id)) &&
      event.created_at >= limit("from", 0) &&
      event.created_at <= limit("to", Number.POSITIVE_INFINITY)
    );
  };

  return {
    // The newest first: the API offers no other order.
    list: (request) => {
      const query = readQuery(request);
      const filter = typeof query["filter"] === "object" ? query["filter"] : {};
      const found = events.filter((event) => matches(event, filter)).toReversed();
      return pageOf(request, account, "events", { items: found, model: (event) => event, maxLimit: 100 });
    },
  };
};
