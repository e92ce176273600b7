import { integer, withDefault } from "../variable.ts";

/** Port of an app's HTTP side; 0 takes a free one. */
export const portVariable = (standard: number) =>
  withDefault({
    name: "PORT",
    description: "Port of the HTTP side: health, readiness and metrics; in the API, everything.",
    form: "0 to 65535; 0 takes a free one",
    example: String(standard),
    default: String(standard),
    fix: `Write a port, for instance ${standard}.`,
    schema: integer(0, 65_535),
  });

/** Time to drain after SIGTERM. */
export const shutdownVariable = withDefault({
  name: "SHUTDOWN_TIMEOUT_MS",
  description:
    "How long running work may go on after SIGTERM before it is handed back. Keep it a few seconds below the platform's grace period.",
  form: "milliseconds, 0 to 300000",
  example: "25000",
  default: "25000",
  fix: "Write milliseconds from 0 to 300000, some seconds less than the platform waits before it kills.",
  schema: integer(0, 300_000),
});
