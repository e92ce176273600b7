import type { SandboxAnswer } from "../sandbox-server.ts";

export const hal = (body: unknown, status = 200): SandboxAnswer => ({
  status,
  headers: { "content-type": "application/hal+json" },
  body,
});

export const nothing: SandboxAnswer = { status: 204 };

export const problem = (status: number, title: string, detail: string, more: object = {}): SandboxAnswer => ({
  status,
  headers: { "content-type": "application/problem+json" },
  body: { ...more, title, type: `https://httpstatus.es/${status}`, status, detail },
});

export interface ValidationError {
  readonly requestId: string;
  readonly code: string;
  readonly path: string;
  readonly detail: string;
}

/** One invalid element refuses the whole request; each error names the element by its `request_id`. */
export const invalid = (errors: readonly ValidationError[]): SandboxAnswer => {
  const byRequest = Map.groupBy(errors, ({ requestId }) => requestId);
  return problem(400, "Bad Request", "Request validation failed", {
    "validation-errors": [...byRequest].map(([requestId, own]) => ({
      request_id: requestId,
      errors: own.map(({ code, path, detail }) => ({ code, path, detail })),
    })),
  });
};
