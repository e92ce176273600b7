import { isIP } from "node:net";
import { integer, optional, parsedBy, refuse, withDefault } from "../variable.ts";
import type { Refusal } from "../variable.ts";

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

/** Where that port is opened. Containers need all addresses; `demo` and `dev` keep to loopback. */
export const hostVariable = optional({
  name: "LISTEN_HOST",
  description: "Address that PORT is opened on; default all addresses of the machine. `demo` and `dev` set 127.0.0.1.",
  form: "an IP address",
  example: "127.0.0.1",
  fix: "Write an IP address of this machine, for instance 127.0.0.1, or leave it out.",
  schema: parsedBy((text): string | Refusal => (isIP(text) === 0 ? refuse("is not an IP address.") : text)),
});

/** The grace period, within which everything ends. */
export const shutdownVariable = withDefault({
  name: "SHUTDOWN_TIMEOUT_MS",
  description:
    "The platform's grace period between SIGTERM and SIGKILL. Running work may finish, the rest is handed back, and the process is gone within it.",
  form: "milliseconds, 1000 to 300000",
  example: "30000",
  default: "30000",
  fix: "Write how many milliseconds the platform waits before it kills, from 1000 to 300000.",
  schema: integer(1_000, 300_000),
});
