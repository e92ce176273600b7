import type { ReactNode } from "react";
import { useClient } from "../session/session.tsx";
import { useLanguage } from "../texts/language.tsx";
import { Badge, type Tone } from "../ui/badge.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useLoaded } from "../ui/use-loaded.ts";
import { Chart } from "./chart.tsx";
import { type Queue, readQueues, readWorkers, type Worker } from "./fleet-api.ts";

const refreshMs = 5_000;

const tones: Readonly<Record<Worker["state"], Tone>> = {
  ok: "good",
  wedged: "bad",
  draining: "warn",
  starting: "busy",
  lost: "bad",
};

const FleetPage = (): ReactNode => {
  const { texts, formats } = useLanguage();
  const client = useClient();
  const workers = useLoaded(readWorkers, [], { everyMs: refreshMs });
  const queues = useLoaded(async (signal) => ({ seen: await readQueues(signal) }), [], { everyMs: refreshMs });
  const usage = useLoaded((signal) => client.getUsage({}, { signal }), [client]);
  return (
    <>
      <h1>{texts.fleet.title}</h1>
      {usage.data && (
        <p>
          {texts.fleet.usage}: {texts.fleet.spent} {formats.usd(usage.data.costUsd)}, {texts.fleet.saved}{" "}
          {formats.usd(usage.data.usdSaved)}
        </p>
      )}
      <section aria-label={texts.fleet.workers}>
        <h2>{texts.fleet.workers}</h2>
        {workers.error !== undefined && <ProblemNote error={workers.error} retry={workers.reload} />}
        {workers.data && workers.data.queuesWithoutWorker.length > 0 && (
          <p className="note warn">{texts.fleet.missing(workers.data.queuesWithoutWorker.join(", "))}</p>
        )}
        {workers.data?.workers.length === 0 && <p className="quiet">{texts.fleet.noWorkers}</p>}
        {workers.data && workers.data.workers.length > 0 && <WorkerTable workers={workers.data.workers} />}
      </section>
      <section aria-label={texts.fleet.queues}>
        <h2>{texts.fleet.queues}</h2>
        {queues.error !== undefined && <ProblemNote error={queues.error} retry={queues.reload} />}
        {queues.data?.seen && <a href="/admin/queues">{texts.fleet.board}</a>}
        {queues.data && !queues.data.seen && <p className="note">{texts.fleet.operators}</p>}
        {queues.data?.seen?.map((queue) => (
          <QueueCard key={queue.name} queue={queue} />
        ))}
      </section>
    </>
  );
};
export default FleetPage;

const WorkerTable = ({ workers }: { readonly workers: readonly Worker[] }): ReactNode => {
  const { texts, formats } = useLanguage();
  const { queue, state, version, active, activity } = texts.fleet;
  return (
    <div className="table" tabIndex={0} role="region" aria-label={texts.fleet.workers}>
      <table>
        <thead>
          <tr>
            {[queue, state, version, active, activity].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <tr key={worker.instance}>
              <td>{worker.queue}</td>
              <td>
                <Badge tone={tones[worker.state]}>{texts.fleet.states[worker.state]}</Badge>
              </td>
              <td>{worker.version}</td>
              <td>
                {worker.active} / {worker.concurrency}
              </td>
              <td>{worker.lastActivityAt === null ? texts.fleet.never : formats.moment(worker.lastActivityAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

const QueueCard = ({ queue }: { readonly queue: Queue }): ReactNode => {
  const { texts, formats } = useLanguage();
  const words = texts.fleet;
  const counts: readonly (readonly [string, string])[] = [
    [words.waiting, formats.count(queue.waiting + queue.prioritized)],
    [words.running, formats.count(queue.active)],
    [words.delayed, formats.count(queue.delayed)],
    [words.failed, formats.count(queue.failed)],
    [words.oldest, formats.duration(queue.latencyMs)],
  ];
  const at = queue.series.map((minute) => Date.parse(minute.at) / 1_000);
  return (
    <article className="card">
      <h3>{queue.name}</h3>
      <dl className="facts">
        {counts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {at.length === 0 ? (
        <p className="quiet">{words.noMinutes}</p>
      ) : (
        <div className="charts">
          <Chart
            title={`${queue.name}: ${words.throughput}`}
            at={at}
            lines={[
              { label: words.done, colour: "--good", values: queue.series.map(({ completed }) => completed) },
              { label: words.failedJobs, colour: "--bad", values: queue.series.map(({ failed }) => failed) },
            ]}
          />
          <Chart
            title={`${queue.name}: ${words.latency}`}
            at={at}
            lines={[
              { label: words.wait, colour: "--accent", values: queue.series.map(({ waitMsP95 }) => waitMsP95 / 1_000) },
              { label: words.run, colour: "--warn", values: queue.series.map(({ runMsP95 }) => runMsP95 / 1_000) },
            ]}
          />
        </div>
      )}
    </article>
  );
};
