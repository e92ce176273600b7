import { Router } from "express";
import type { Ports, ReadinessCheck } from "../ports.ts";

const checkTimeoutMs = 3_000;

/**
 * `/health` says whether the process itself works and asks nobody else: an outage elsewhere must not restart a fleet.
 * `/ready` says whether calls can be answered, and names what is away. Both are open: they tell no tenant's data.
 */
export const healthRoutes = ({ checks, log }: Pick<Ports, "checks" | "log">, stopping: AbortSignal): Router => {
  const router = Router();

  // What exactly is wrong stays in the log: this page is open, and drivers' messages name addresses.
  const passes = async (name: string, check: ReadinessCheck["check"]): Promise<boolean> => {
    try {
      await check(AbortSignal.timeout(checkTimeoutMs));
      return true;
    } catch (error) {
      log.warn("a readiness check failed", { check: name, error });
      return false;
    }
  };

  router.get("/health", (_req, res) => {
    res.status(stopping.aborted ? 503 : 200).json({
      status: stopping.aborted ? "draining" : "ok",
      service: "api",
      timestamp: new Date().toISOString(),
      uptime: process.uptime(),
    });
  });

  router.get("/ready", async (_req, res) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, { check, required }]) => {
        const ok = await passes(name, check);
        return { name, ok, required };
      }),
    );
    const ready = !stopping.aborted && results.every(({ ok, required }) => ok || !required);
    const status = stopping.aborted ? "draining" : ready ? "ready" : "unavailable";
    res.status(ready ? 200 : 503).json({ status, checks: results });
  });

  return router;
};
