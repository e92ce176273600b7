import type { WebhookDelivery, WebhookEndpoint } from "@gpt-agent/client";
import { type ReactNode, useState } from "react";
import { useClient } from "../session/session.tsx";
import { useLanguage, useTexts } from "../texts/language.tsx";
import { Badge } from "../ui/badge.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useAction, useLoaded } from "../ui/use-loaded.ts";
import { DeliveryItem } from "./delivery-item.tsx";

const dayMs = 86_400_000;
const refreshMs = 3_000;

const WebhooksPage = (): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const endpoints = useLoaded((signal) => client.listWebhookEndpoints({}, { signal }), [client]);
  return (
    <>
      <h1>{texts.webhooks.title}</h1>
      <section aria-label={texts.webhooks.endpoints}>
        <h2>{texts.webhooks.endpoints}</h2>
        {endpoints.error !== undefined && <ProblemNote error={endpoints.error} retry={endpoints.reload} />}
        {endpoints.data?.endpoints.length === 0 && <p className="quiet">{texts.webhooks.noEndpoints}</p>}
        {endpoints.data?.endpoints.map((endpoint) => (
          <Endpoint key={endpoint.id} endpoint={endpoint} reload={endpoints.reload} />
        ))}
      </section>
      <Deliveries urls={new Map(endpoints.data?.endpoints.map(({ id, url }) => [id, url]))} />
    </>
  );
};
export default WebhooksPage;

const Endpoint = ({
  endpoint,
  reload,
}: {
  readonly endpoint: WebhookEndpoint;
  readonly reload: () => void;
}): ReactNode => {
  const { texts, formats } = useLanguage();
  const client = useClient();
  const { busy, error, run } = useAction();
  const { id: endpointId, url, state, eventTypes } = endpoint;
  const resend = (): void =>
    void run(async () => {
      const [from, to] = [new Date(Date.now() - dayMs).toISOString(), new Date().toISOString()];
      await client.redeliverWebhooks({ endpointId, from, to, states: ["exhausted"] });
    });
  const enable = (): void =>
    void run(async () => {
      await client.enableWebhookEndpoint({ endpointId });
      reload();
    });
  return (
    <article className="card">
      <p>
        <code>{url}</code>{" "}
        <Badge tone={state === "enabled" ? "good" : "bad"}>
          {state === "enabled" ? texts.webhooks.enabled : texts.webhooks.disabled}
        </Badge>{" "}
        {endpoint.disabledReason !== null && <code>{endpoint.disabledReason}</code>}
      </p>
      <p className="place">
        {eventTypes.join(", ")}
        {endpoint.lastSuccessAt !== null && ` · ${formats.moment(endpoint.lastSuccessAt)}`}
      </p>
      <div className="row">
        {state === "disabled" && (
          <button type="button" disabled={busy} onClick={enable}>
            {texts.webhooks.enable}
          </button>
        )}
        <button type="button" disabled={busy} onClick={resend}>
          {texts.webhooks.redeliverFailed}
        </button>
      </div>
      {error !== undefined && <ProblemNote error={error} />}
    </article>
  );
};

const Deliveries = ({ urls }: { readonly urls: ReadonlyMap<string, string> }): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const [state, setState] = useState<WebhookDelivery["state"]>();
  const [pages, setPages] = useState(1);
  const { data, error, reload } = useLoaded(
    (signal) => client.listWebhookDeliveries({ state, limit: Math.min(pages * 50, 200) }, { signal }),
    [client, state, pages],
    { everyMs: refreshMs },
  );
  return (
    <section aria-label={texts.webhooks.deliveries}>
      <h2>{texts.webhooks.deliveries}</h2>
      <label>
        {texts.webhooks.state}{" "}
        <select
          value={state ?? ""}
          onChange={(event) => setState((event.target.value || undefined) as WebhookDelivery["state"] | undefined)}
        >
          <option value="">{texts.webhooks.all}</option>
          {Object.entries(texts.webhooks.states).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {error !== undefined && <ProblemNote error={error} retry={reload} />}
      {data?.deliveries.length === 0 && <p className="quiet">{texts.webhooks.noDeliveries}</p>}
      {data?.deliveries.map((delivery) => (
        <DeliveryItem key={delivery.id} delivery={delivery} url={urls.get(delivery.endpointId)} reload={reload} />
      ))}
      {data?.nextCursor !== undefined && pages < 4 && (
        <button type="button" onClick={() => setPages(pages + 1)}>
          {texts.more}
        </button>
      )}
    </section>
  );
};
