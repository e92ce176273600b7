import { fragment } from "../fragment.ts";
import { integer, optional, parsedBy, refuse, withDefault } from "../variable.ts";
import type { Refusal } from "../variable.ts";
import { hostVariable, portVariable, shutdownVariable } from "./port.ts";

const concurrency = integer(1, 500);

/**
 * @param queue the queue's name, for its own concurrency variable: `kb-files` → `JOB_CONCURRENCY_KB_FILES`
 * @param defaultConcurrency higher where jobs wait for others most of their time
 */
export const workerEnv = (queue: string, defaultConcurrency = 5) =>
  fragment({
    variables: {
      concurrency: withDefault({
        name: "JOB_CONCURRENCY",
        description: "Jobs at once in this process.",
        form: "1 to 500",
        example: `${defaultConcurrency}`,
        default: `${defaultConcurrency}`,
        fix: "Write a whole number from 1 to 500.",
        schema: concurrency,
      }),
      ownConcurrency: optional({
        name: `JOB_CONCURRENCY_${queue.toUpperCase().replaceAll("-", "_")}`,
        description:
          "The same for this worker alone; wins over JOB_CONCURRENCY where several workers get one environment.",
        form: "1 to 500",
        example: "10",
        fix: "Write a whole number from 1 to 500.",
        schema: concurrency,
      }),
      port: portVariable(3001),
      host: hostVariable,
      shutdownTimeoutMs: shutdownVariable,
      version: optional({
        name: "RELEASE",
        description: "What the fleet's list calls this release: a version, a commit.",
        form: "at most 100 characters without spaces",
        example: "1.4.0",
        fix: "Write a version or a commit, or leave it out.",
        schema: parsedBy((text): string | Refusal =>
          /^[\x21-\x7e]{1,100}$/.test(text) ? text : refuse("holds a space, or is too long."),
        ),
      }),
    },
    build: ({ concurrency: common, ownConcurrency, ...rest }) => ({
      concurrency: ownConcurrency ?? common,
      ...rest,
    }),
  });
