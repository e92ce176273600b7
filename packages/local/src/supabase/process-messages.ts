import type { ProjectKeys } from "./keys.ts";
import type { ServerOptions } from "./open-server.ts";

/** From the parent to the server's process. */
export type ToServer = { readonly type: "start"; readonly options: ServerOptions } | { readonly type: "stop" };

/** And back. */
export type FromServer =
  | { readonly type: "ready"; readonly port: number; readonly keys: ProjectKeys }
  | { readonly type: "failed"; readonly message: string };
