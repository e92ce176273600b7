import { randomUUID } from "node:crypto";
import { plainText } from "../plain-text.ts";
import type { RecordStore, StoreChange } from "../record-store.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { jsonOf } from "../sandbox-server.ts";
import type { WebhookSender } from "../webhook-sender.ts";
import { failure, success } from "./answers.ts";
import type { PipedriveCompany } from "./company.ts";
import { kinds } from "./company.ts";
import { modelOf, noteModel, record } from "./models.ts";

const actions = { added: "create", updated: "change", deleted: "delete", restored: "change" } as const;

interface Hook {
  readonly id: number;
  readonly url: string;
  readonly action: string;
  readonly object: string;
  readonly user: string;
  readonly password: string;
}

/** Webhooks v2: JSON with `data`, `previous` and `meta`; no signature, HTTP Basic at most. */
export const makePipedriveWebhooks = (store: RecordStore, company: PipedriveCompany, sender: WebhookSender) => {
  let hooks: Hook[] = [];
  let sequence = 0;

  const subscribe = (url: string, own: Partial<Omit<Hook, "id" | "url">> = {}): Hook => {
    sequence += 1;
    const hook = { id: sequence, url, action: "*", object: "*", user: "", password: "", ...own };
    hooks.push(hook);
    return hook;
  };

  store.onChange(({ action, record: changed, previous }: StoreChange) => {
    const kind = kinds.find(({ name }) => name === changed.type);
    const entity = kind?.entity ?? (changed.type === "notes" ? "note" : undefined);
    if (entity === undefined) return;
    const model = (stored: typeof changed) =>
      kind === undefined ? noteModel(stored, company) : modelOf(stored, kind, store, company);
    const verb = actions[action];
    for (const hook of hooks) {
      if (![verb, "*"].includes(hook.action) || ![entity, "*"].includes(hook.object)) continue;
      const body = {
        data: action === "deleted" ? null : model(changed),
        previous: previous === undefined ? null : model(previous),
        meta: {
          action: verb,
          entity,
          entity_id: changed.id,
          company_id: String(company.companyId),
          user_id: String(company.userId),
          id: randomUUID(),
          correlation_id: randomUUID(),
          timestamp: new Date(changed.updatedAtMs).toISOString(),
          type: "general",
          version: "2.0",
          attempt: 1,
          change_source: changed.changedBy.kind === "app" ? "api" : "app",
          is_bulk_edit: false,
          host: company.domain,
          webhook_id: String(hook.id),
          webhook_owner_id: String(company.userId),
          permitted_user_ids: [String(company.userId)],
        },
      };
      const basic = Buffer.from(`${hook.user}:${hook.password}`).toString("base64");
      sender.send({
        url: hook.url,
        headers: {
          "content-type": "application/json",
          ...(hook.user === "" ? {} : { authorization: `Basic ${basic}` }),
        },
        body: JSON.stringify(body),
      });
    }
  });

  const model = ({ id, url, action, object }: Hook): object => ({
    id,
    subscription_url: url,
    event_action: action,
    event_object: object,
    version: "2.0",
    is_active: 1,
  });
  return {
    subscribe: (url: string, basic?: { readonly user: string; readonly password: string }): void => {
      subscribe(url, basic);
    },
    /** `/v1/webhooks`. */
    handle: (request: SandboxRequest, id: string | undefined): SandboxAnswer => {
      if (request.method === "GET") return success(hooks.map(model));
      if (request.method === "DELETE") {
        hooks = hooks.filter((hook) => String(hook.id) !== id);
        return success(true);
      }
      const body = record(jsonOf(request));
      const url = plainText(body["subscription_url"]);
      if (!URL.canParse(url)) return failure(400, "Subscription URL is invalid");
      if (hooks.length >= 40) return failure(403, "You have reached the limit of 40 webhooks");
      const hook = subscribe(url, {
        action: plainText(body["event_action"]) || "*",
        object: plainText(body["event_object"]) || "*",
        user: plainText(body["http_auth_user"]),
        password: plainText(body["http_auth_password"]),
      });
      return success(model(hook), undefined, 201);
    },
  };
};
