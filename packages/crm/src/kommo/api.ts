import type { z } from "zod";
import type { CallOptions } from "../provider.ts";
import type { ApiRequest } from "../transport/api-call.ts";
import type { Transport } from "../transport/transport.ts";
import { listOf } from "./schemas.ts";

export const pageSize = 250;

/** Rows of a list; none for 204. */
export const readList = <T extends z.ZodType>(
  transport: Transport,
  request: { readonly path: string; readonly what: string; readonly row: T; readonly query?: ApiRequest["query"] },
  options: CallOptions,
): Promise<readonly z.output<T>[]> =>
  transport.read(
    listOf(request.what, request.row),
    {
      method: "GET",
      path: `/api/v4/${request.path}`,
      effect: "read",
      ...(request.query ? { query: request.query } : {}),
    },
    options,
  );
