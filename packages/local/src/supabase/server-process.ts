import type { OpenServer } from "./open-server.ts";
import { openServer } from "./open-server.ts";
import type { FromServer, ToServer } from "./process-messages.ts";

// The program of the child that start-supabase.ts forks. It lives as long as its parent's end of the channel.

let server: Promise<OpenServer> | undefined;

const end = async (code: number): Promise<never> => {
  await (await server?.catch(() => undefined))?.close().catch(() => {});
  process.exit(code);
};

const report = (message: FromServer): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, undefined, {}, () => resolve());
  });

const start = async (options: ToServer & { type: "start" }): Promise<void> => {
  try {
    server = openServer(options.options);
    const { port, keys } = await server;
    await report({ type: "ready", port, keys });
  } catch (error) {
    await report({ type: "failed", message: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
};

process.on("message", (message: ToServer) => {
  if (message.type === "start") void start(message);
  else void end(0);
});
process.on("disconnect", () => void end(0));
process.on("SIGTERM", () => void end(0));
// Ctrl-C reaches the whole group; the parent decides, and may need the database to finish its work.
process.on("SIGINT", () => {});
