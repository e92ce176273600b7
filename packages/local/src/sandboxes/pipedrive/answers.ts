import type { SandboxAnswer } from "../sandbox-server.ts";

export const success = (data: unknown, additional?: object, status = 200): SandboxAnswer => ({
  status,
  body: { success: true, data, ...(additional === undefined ? {} : { additional_data: additional }) },
});

export const failure = (status: number, error: string, code?: string): SandboxAnswer => ({
  status,
  body: {
    success: false,
    error,
    error_info: "Please check developers.pipedrive.com for more information about Pipedrive API.",
    ...(code === undefined ? {} : { code }),
    data: null,
    additional_data: null,
  },
});
