import { readEvents } from "@gpt-agent/crm/read-events";
import { type ProviderName, providerNames } from "@gpt-agent/crm/provider";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { parseBody } from "@gpt-agent/signatures/parse-body";
import type { InboundEffect, InboundHandler, QueuedEvent } from "./ports.ts";

/**
 * What a source's events do: a CRM's name records to be read again; others go out as messages, or to the handler of
 * their type; what nobody waits for is kept for people to look at.
 */
export const makeDecide =
  (handlers: Readonly<Record<string, InboundHandler>>): InboundHandler =>
  (event, signal) => {
    const { connection, forwardEventType, eventType } = event;
    if (connection) return refetch(event, connection);
    if (forwardEventType !== null) return forward(event, forwardEventType);
    const handler = eventType !== null && Object.hasOwn(handlers, eventType) ? handlers[eventType] : undefined;
    return handler ? handler(event, signal) : { kind: "none", handler: "keep" };
  };

type Connection = NonNullable<QueuedEvent["connection"]>;

/** A hint, whoever sent it: what changed is read from the CRM itself. */
const refetch = (event: QueuedEvent, connection: Connection): InboundEffect => {
  const { provider } = connection;
  if (!isProviderName(provider)) {
    throw new PermanentError("webhook_unreadable", `No client reads events of "${provider}".`);
  }
  const accounts = readEvents(provider, bodyOf(event));
  const handler = `crm-${provider}`;
  const own = accounts.filter(
    ({ accountKey }) =>
      accountKey === undefined || connection.accountKey === null || accountKey === connection.accountKey,
  );
  if (own.length === 0 && accounts.length > 0) {
    return { kind: "none", handler, detail: { ignored: "the event names another account" } };
  }
  const events = own.flatMap((account) => account.events);
  if (events.length === 0) return { kind: "none", handler, detail: { ignored: "nothing in it that is read" } };
  return { kind: "refetch", handler, connectionId: connection.id, changes: events, detail: { changes: events.length } };
};

const isProviderName = (name: string): name is ProviderName => (providerNames as readonly string[]).includes(name);

/** JSON goes out as it came, digit for digit; a form as the object that it spells. */
const forward = (event: QueuedEvent, template: string): InboundEffect => {
  const eventType = forwardedType(template, event.eventType);
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(event.contentType);
  return { kind: "message", handler: "forward", eventType, ...(isForm && { payload: bodyOf(event) }) };
};

/** `{type}` stands for the event's own type, in the characters that a message's type may have. */
export const forwardedType = (template: string, eventType: string | null): string =>
  template.replaceAll("{type}", (eventType ?? "unknown").replaceAll(/[^A-Za-z0-9_.:-]+/g, "-")).slice(0, 200);

const bodyOf = ({ contentType, raw }: QueuedEvent): unknown => {
  const parsed = parseBody(contentType, raw);
  if (!parsed.ok) throw new PermanentError("webhook_unreadable", "The body is neither JSON nor a form.");
  return parsed.value;
};
