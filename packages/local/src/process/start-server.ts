import { type Child, type ChildCommand, type ChildOptions, startChild } from "./start-child.ts";

export interface ServerOptions extends Omit<ChildOptions, "onOutput"> {
  /** The line of its output that says it serves. A port that answers proves nothing: it may be somebody else's. */
  readonly ready: RegExp;
  readonly readyTimeoutMs: number;
}

/**
 * Starts a server that cannot outlive this process and waits until it says that it is ready.
 * @throws {Error} with the server's last lines when it ends first or is not ready in time.
 */
export const startServer = async (command: ChildCommand, options: ServerOptions): Promise<Child> => {
  const { name, ready, readyTimeoutMs, stopSignal, graceMs } = options;
  const saidReady = Promise.withResolvers<void>();
  let output = "";
  const onOutput = (text: string): void => {
    output = (output + text).slice(-1_024);
    if (ready.test(output)) saidReady.resolve();
  };
  const child = await startChild(command, { name, stopSignal, graceMs, onOutput });
  const timer = setTimeout(() => {
    saidReady.reject(new Error(`${name} was not ready within ${readyTimeoutMs / 1_000} s:\n${child.lastLines()}`));
  }, readyTimeoutMs);
  const endedEarly = child.ended.then((how) => {
    throw new Error(`${name} ended while starting (${how}):\n${child.lastLines()}`);
  });
  try {
    await Promise.race([saidReady.promise, endedEarly]);
    endedEarly.catch(() => {}); // From here on its end is the caller's business.
    return child;
  } catch (error) {
    await child.stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
};
