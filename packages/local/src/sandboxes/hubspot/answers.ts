import type { SandboxAnswer } from "../sandbox-server.ts";

export const correlationId = "aeb5f871-7f07-4993-9211-075dc63e7cbf";

/** `{status, message, correlationId, category}`: how every refusal looks. */
export const refusal = (status: number, category: string, message: string, more: object = {}): SandboxAnswer => ({
  status,
  body: { status: "error", message, correlationId, category, ...more },
});

export const ok = (body: unknown, status = 200): SandboxAnswer => ({ status, body });

export const iso = (ms: number): string => new Date(ms).toISOString();
