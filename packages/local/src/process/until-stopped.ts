import { environment } from "./environment.ts";

/**
 * Resolves when somebody wants this program to end: SIGINT, SIGTERM, SIGHUP, or, under a package manager, when that
 * has died without passing a signal on. A second signal ends the program at once; what it started is tethered.
 */
export const untilStopped = (): Promise<void> =>
  new Promise((resolve) => {
    const stop = (): void => {
      clearInterval(watch);
      resolve();
    };
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.exit(130);
      asked = true;
      stop();
    };
    const parent = process.ppid;
    const managed = environment["npm_lifecycle_event"] !== undefined;
    const watch = setInterval(() => {
      if (managed && process.ppid !== parent) stop();
    }, 500);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  });
