import type { FleetMember, Minute } from "@gpt-agent/queue/fleet";
import { Router } from "express";
import { type AdminAccess, requireAdmin } from "../admin-access.ts";
import type { Ports } from "../ports.ts";

/** Shown to anybody: which workers live, their release, and when they last did something. No host, no tenant. */
const toWorker = ({ instance, queue, version, state, startedAt, seenAt, lastActivityAt, ...load }: FleetMember) => ({
  instance,
  queue,
  version,
  state,
  startedAt,
  seenAt,
  lastActivityAt,
  concurrency: load.concurrency,
  active: load.active,
});

/** All processes' minutes of one queue as one series, oldest first. */
const toSeries = (minutes: readonly Minute[]) => {
  const byMinute = Map.groupBy(minutes, ({ at }) => `${at.slice(0, 16)}:00Z`);
  return [...byMinute]
    .map(([at, points]) => ({
      at,
      completed: points.reduce((sum, { completed }) => sum + completed, 0),
      failed: points.reduce((sum, { failed }) => sum + failed, 0),
      again: points.reduce((sum, { again }) => sum + again, 0),
      waitMsP95: Math.max(...points.map(({ waitMs }) => waitMs)),
      runMsP95: Math.max(...points.map(({ runMs }) => runMs)),
    }))
    .toSorted((a, b) => a.at.localeCompare(b.at));
};

/** Who works in the installation (`/health/workers`, open like `/health`), and how the queues do (operators only). */
export const fleetRoutes = ({ fleet, jobs }: Pick<Ports, "fleet" | "jobs">, access: AdminAccess): Router => {
  const router = Router();

  router.get("/health/workers", async (_req, res) => {
    const workers = (await fleet.workers()).map(toWorker);
    const missing = jobs.queues
      .map(({ name }) => name)
      .filter((name) => !workers.some(({ queue, state }) => queue === name && state === "ok"));
    res.json({ status: missing.length === 0 ? "ok" : "incomplete", queuesWithoutWorker: missing, workers });
  });

  router.get("/admin/api/queues", async (req, res) => {
    requireAdmin(access, req);
    const queues = await Promise.all(
      jobs.queues.map(async (queue) => {
        const [state, minutes] = await Promise.all([fleet.state(queue), fleet.minutes(queue)]);
        return { name: queue.name, ...state, series: toSeries(minutes) };
      }),
    );
    res.json({ queues });
  });

  return router;
};
