import { watchLaunchers } from "./launchers.ts";

/**
 * Resolves when somebody wants this program to end: SIGINT, SIGTERM, SIGHUP, or the package manager that launched it
 * was ended. A second signal ends the program at once; what it started is tethered.
 */
export const untilStopped = (): Promise<void> =>
  new Promise((resolve) => {
    const launchersStand = watchLaunchers();
    const watch = setInterval(() => {
      if (!launchersStand()) stop();
    }, 500);
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
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  });
