import { readdir } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import { UsageError } from "./command.ts";

const isQueue = (value: unknown): value is QueueDefinition =>
  typeof value === "object" && value !== null && "name" in value && "payload" in value && "attempts" in value;

/** Every contract under packages/jobs/src/queues, by name. Found by looking, so that a new queue needs no entry anywhere. */
export const knownQueues = async (): Promise<ReadonlyMap<string, QueueDefinition>> => {
  const folder = dirname(fileURLToPath(import.meta.resolve("@gpt-agent/jobs/queues/kb-files")));
  const files = (await readdir(folder)).filter((name) => /(?<!\.test|\.d)\.(ts|js)$/.test(name));
  const modules: unknown[] = await Promise.all(files.map((name) => import(pathToFileURL(`${folder}/${name}`).href)));
  const queues = modules.flatMap((module) => Object.values(module ?? {})).filter(isQueue);
  return new Map(queues.map((queue) => [queue.name, queue] as const).toSorted(([a], [b]) => a.localeCompare(b)));
};

/** @throws {UsageError} that lists the known ones */
export const findQueue = async (name: string | undefined): Promise<QueueDefinition> => {
  const queues = await knownQueues();
  const found = name === undefined ? undefined : queues.get(name);
  if (found !== undefined) return found;
  const known = [...queues.keys()].join(", ");
  throw new UsageError(
    name === undefined ? `Name a queue: ${known}.` : `There is no queue "${name}". Known: ${known}.`,
  );
};
