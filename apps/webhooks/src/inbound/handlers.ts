import type { InboundHandler } from "./ports.ts";

/**
 * Events that something of ours waits for, by their type, from sources that have neither a CRM connection nor a message
 * to become. A handler decides, and nothing else: see `InboundHandler`.
 */
export const handlers: Readonly<Record<string, InboundHandler>> = {
  /** GitHub says hello to a new address. */
  ping: () => ({ kind: "none", handler: "ping", detail: { greeting: true } }),
};
