import express, { type Express, type Request, type RequestHandler, type Response } from "express";
import type { Log } from "@gpt-agent/jobs/handler";
import type { z } from "zod";
import type { Identity } from "./auth.ts";
import { type Call, type Endpoint, streamed } from "./endpoint.ts";
import { parse, Problem } from "./problem.ts";
import { isMultipart, withUpload } from "./uploads.ts";

const maxJsonBytes = 256 * 1024;

interface MountOptions {
  readonly authenticate: (authorization: string | undefined) => Promise<Identity>;
  readonly log: Log;
  /** Aborts when the process stops: open event streams end. */
  readonly stopping: AbortSignal;
  readonly uploadFolder?: string | undefined;
}

/** Puts endpoints on the app: key first, then parsing, then the endpoint; other methods on their paths answer 405. */
export const mount = (app: Express, endpoints: readonly Endpoint[], options: MountOptions): void => {
  const identify: RequestHandler = async (req, res, next) => {
    res.locals.identity = await options.authenticate(req.get("authorization"));
    next();
  };
  const parseJson = express.json({ limit: maxJsonBytes });

  for (const endpoint of endpoints) {
    app[endpoint.method](endpoint.path, identify, parseJson, async (req, res) => {
      await answer(endpoint, req, res, options);
    });
  }
  for (const path of new Set(endpoints.map(({ path }) => path))) {
    const methods = endpoints.filter((endpoint) => endpoint.path === path).map(({ method }) => method.toUpperCase());
    app.all(path, (req) => {
      const detail = `${req.method} is not possible here. Use ${methods.join(" or ")}.`;
      throw new Problem("invalid_request", detail, { status: 405, headers: { allow: methods.join(", ") } });
    });
  }
};

const answer = async (
  endpoint: Endpoint,
  req: Request,
  res: Response,
  { log, stopping, uploadFolder }: MountOptions,
): Promise<void> => {
  const { identity, requestId } = res.locals;
  if (!identity) throw new Error("an endpoint was mounted without authentication");
  const { orgId } = identity;
  const call: Call = {
    orgId,
    signal: AbortSignal.any([stopping, clientGone(res)]),
    log: bind(log, { requestId, orgId }),
    req,
    res,
  };
  const params = optional(endpoint.params, req.params, "path");
  const query = optional(endpoint.query, req.query, "query");

  const { form } = endpoint;
  const reply =
    form && isMultipart(req)
      ? await withUpload(req, res, { folder: uploadFolder }, ({ file, fields }) =>
          endpoint.handle({ params, query, body: parse(form, fields, "form"), file }, call),
        )
      : await endpoint.handle({ params, query, body: jsonBody(endpoint, req), file: undefined }, call);

  if (reply === streamed) return;
  res.status(reply.status).set(reply.headers ?? {});
  if (reply.body === undefined) res.end();
  else res.json(reply.body);
};

const optional = (schema: z.ZodType | undefined, input: unknown, part: "path" | "query"): unknown =>
  schema === undefined ? undefined : parse(schema, input, part);

const jsonBody = ({ body, form }: Endpoint, req: Request): unknown => {
  if (!body) return undefined;
  const mayBeLeftOut = req.get("content-length") === "0" && body.safeParse(undefined).success;
  if (req.body === undefined && req.is("application/json") === false && !mayBeLeftOut) {
    const accepted = form ? "application/json or multipart/form-data" : "application/json";
    throw new Problem("invalid_request", `Send the body as ${accepted}.`, { status: 415 });
  }
  return parse(body, req.body, "body");
};

const clientGone = (res: Response): AbortSignal => {
  const gone = new AbortController();
  res.once("close", () => {
    gone.abort();
  });
  return gone.signal;
};

/** A log whose every line finds its request. */
const bind = (log: Log, fixed: Readonly<Record<string, unknown>>): Log => ({
  debug: (message, fields) => {
    log.debug(message, { ...fixed, ...fields });
  },
  info: (message, fields) => {
    log.info(message, { ...fixed, ...fields });
  },
  warn: (message, fields) => {
    log.warn(message, { ...fixed, ...fields });
  },
  error: (message, fields) => {
    log.error(message, { ...fixed, ...fields });
  },
});
