import { AsyncLocalStorage } from "node:async_hooks";
import type { LogFields } from "@gpt-agent/jobs/handler";

const storage = new AsyncLocalStorage<LogFields>();

/** Runs `work` so that every line logged inside it, however deep, carries `fields`. */
export const withLogFields = <T>(fields: LogFields, work: () => T): T =>
  storage.run({ ...storage.getStore(), ...fields }, work);

/** The fields of the job or request this call belongs to. */
export const currentLogFields = (): LogFields | undefined => storage.getStore();
