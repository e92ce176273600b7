import type { WebhookDelivery } from "@gpt-agent/client";
import { type ReactNode, useState } from "react";
import { useClient } from "../session/session.tsx";
import { useLanguage } from "../texts/language.tsx";
import { Badge, type Tone } from "../ui/badge.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useAction, useLoaded } from "../ui/use-loaded.ts";

const tones: Readonly<Record<WebhookDelivery["state"], Tone>> = {
  pending: "idle",
  sending: "busy",
  delivered: "good",
  retry_wait: "warn",
  paused: "warn",
  exhausted: "bad",
  cancelled: "idle",
};

interface DeliveryProps {
  readonly delivery: WebhookDelivery;
  readonly url: string | undefined;
  readonly reload: () => void;
}

/** How one delivery stands; opened, attempt by attempt. */
export const DeliveryItem = ({ delivery, url, reload }: DeliveryProps): ReactNode => {
  const { texts, formats } = useLanguage();
  const client = useClient();
  const [isOpen, setIsOpen] = useState(false);
  const { busy, error, run } = useAction();
  const { id: deliveryId, state, nextAttemptAt } = delivery;
  const again = (): void =>
    void run(async () => {
      await client.redeliverWebhook({ deliveryId });
      reload();
    });
  return (
    <article className="card delivery">
      <div className="row">
        <strong>{delivery.eventType}</strong>
        <Badge tone={tones[state]}>{texts.webhooks.states[state]}</Badge>
        <time className="quiet" dateTime={delivery.createdAt}>
          {formats.moment(delivery.createdAt)}
        </time>
        <button type="button" disabled={busy || state === "sending"} onClick={again}>
          {texts.webhooks.redeliver}
        </button>
      </div>
      <p className="place">
        {url} {delivery.lastStatus !== null && `· HTTP ${delivery.lastStatus}`}{" "}
        {state === "retry_wait" && nextAttemptAt !== null && `· ${texts.webhooks.next(formats.moment(nextAttemptAt))}`}
      </p>
      {delivery.error && state !== "delivered" && (
        <p>
          {delivery.error.message} <code>{delivery.error.code}</code>
        </p>
      )}
      {error !== undefined && <ProblemNote error={error} />}
      <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>
          {texts.webhooks.attempts}: {delivery.attemptsMade}
        </summary>
        {isOpen && <Attempts delivery={delivery} />}
      </details>
    </article>
  );
};

const Attempts = ({ delivery }: { readonly delivery: WebhookDelivery }): ReactNode => {
  const { texts, formats } = useLanguage();
  const client = useClient();
  const { id: deliveryId, updatedAt } = delivery;
  const { data, error } = useLoaded(
    (signal) => client.getWebhookDelivery({ deliveryId }, { signal }),
    [client, deliveryId, updatedAt],
  );
  if (error !== undefined) return <ProblemNote error={error} />;
  if (!data) return <p role="status">{texts.loading}</p>;
  if (data.attempts.length === 0) return <p className="quiet">{texts.webhooks.none}</p>;
  return (
    <ol className="stages">
      {data.attempts.map((attempt) => (
        <li key={`${attempt.number} ${attempt.startedAt}`}>
          <span>{texts.webhooks.attempt(attempt.number)}</span>
          <span>{attempt.status === null ? texts.webhooks.noAnswer : `HTTP ${attempt.status}`}</span>
          <time dateTime={attempt.startedAt}>{formats.moment(attempt.startedAt)}</time>
          <span className="quiet">{formats.duration(attempt.ms)}</span>
          {attempt.error && <code>{attempt.error.code}</code>}
          {attempt.response && attempt.response.body !== "" && <pre>{attempt.response.body.slice(0, 2_000)}</pre>}
        </li>
      ))}
    </ol>
  );
};
