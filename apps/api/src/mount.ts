import express, { type Express, type Request, type RequestHandler, type Response, Router } from "express";
import type { Log } from "@gpt-agent/jobs/handler";
import type { RateCounter } from "@gpt-agent/limits/rate-counter";
import { withTrace } from "@gpt-agent/queue/trace";
import { z } from "zod";
import type { Identity } from "./auth.ts";
import { bindCursor, openCursor } from "./cursor.ts";
import { type Call, type Endpoint, type Reply, streamed } from "./endpoint.ts";
import { type IdempotencyPorts, makeIdempotent } from "./idempotent.ts";
import { parse, Problem } from "./problem.ts";
import { requireScope, scopeOf } from "./scope.ts";
import { isMultipart, withUpload } from "./uploads.ts";

const maxJsonBytes = 256 * 1024;

interface MountOptions extends IdempotencyPorts {
  readonly authenticate: (authorization: string | undefined) => Promise<Identity>;
  readonly rates: Pick<RateCounter, "take">;
  /** Requests a minute of a key that has no rate of its own; 0: as many as it likes. */
  readonly ratePerMinute: number;
  readonly log: Log;
  /** Aborts when the process stops: open event streams end. */
  readonly stopping: AbortSignal;
  readonly uploadFolder?: string | undefined;
}

/** Puts endpoints on the app: key, scope and rate first, then parsing, then the endpoint; other methods answer 405. */
export const mount = (app: Express, endpoints: readonly Endpoint[], options: MountOptions): void => {
  const routers = new Map<string, Router>();
  for (const [area, some] of Map.groupBy(endpoints, ({ path }) => areaOf(path))) {
    routers.set(area, makeRouter(some, options));
  }
  // A router tries its routes one after another: a request is shown to those of its own area alone.
  app.use((req, res, next) => {
    const router = routers.get(areaOf(req.path));
    if (router) router(req, res, next);
    else next();
  });
};

/** `/v1/documents/42` → `documents`. */
const areaOf = (path: string): string => path.split("/", 3)[2]?.toLowerCase() ?? "";

const makeRouter = (endpoints: readonly Endpoint[], options: MountOptions): Router => {
  const router = Router();
  const parseJson = express.json({ limit: maxJsonBytes });
  const answer = makeAnswer(options);
  for (const endpoint of endpoints) {
    router[endpoint.method](endpoint.path, makeAdmit(endpoint, options), parseJson, async (req, res) => {
      await answer(endpoint, req, res);
    });
  }
  for (const path of new Set(endpoints.map(({ path }) => path))) {
    const methods = endpoints.filter((endpoint) => endpoint.path === path).map(({ method }) => method.toUpperCase());
    router.all(path, (req) => {
      const detail = `${req.method} is not possible here. Use ${methods.join(" or ")}.`;
      throw new Problem("invalid_request", detail, { status: 405, headers: { allow: methods.join(", ") } });
    });
  }
  return router;
};

/** Who calls, whether their key covers it, and whether they have called too often. */
const makeAdmit = (endpoint: Endpoint, { authenticate, rates, ratePerMinute }: MountOptions): RequestHandler => {
  const scope = scopeOf(endpoint);
  return async (req, res, next) => {
    const identity = await authenticate(req.get("authorization"));
    res.locals.identity = identity;
    requireScope(identity, scope);
    const perMinute = identity.ratePerMinute ?? ratePerMinute;
    if (perMinute > 0) {
      const { allowed, retryAfterMs } = await rates.take({ key: identity.keyId, perMinute });
      if (!allowed) {
        const detail = `This key may make ${perMinute} requests a minute. Ask again when Retry-After says so.`;
        const headers = { "retry-after": `${Math.ceil(retryAfterMs / 1_000)}` };
        throw new Problem("rate_limited", detail, { headers });
      }
    }
    next();
  };
};

const makeAnswer = (options: MountOptions) => {
  const { log, stopping, uploadFolder } = options;
  const once = makeIdempotent(options);

  return async (endpoint: Endpoint, req: Request, res: Response): Promise<void> => {
    const { identity, requestId, trace } = res.locals;
    if (!identity) throw new Error("an endpoint was mounted without authentication");
    const { orgId } = identity;
    let signal: AbortSignal | undefined;
    const call: Call = {
      orgId,
      // Few endpoints ask for it, and a signal that aborts with every answer costs as much as routing one.
      get signal() {
        return (signal ??= AbortSignal.any([stopping, clientGone(res)]));
      },
      log: bind(log, { requestId, orgId }),
      req,
      res,
    };
    const owner = { orgId, operationId: endpoint.operationId };
    const params = endpoint.params && parse(endpoint.params, req.params, "path");
    const query = withOpenCursor(parse(endpoint.query ?? noQuery, req.query, "query"), owner);

    const handle = (input: Pick<Parameters<Endpoint["handle"]>[0], "body" | "file">) => {
      const whole = { params, query, ...input };
      return withTrace(trace, () => once(endpoint, whole, call, () => endpoint.handle(whole, call)));
    };
    const { form } = endpoint;
    const reply =
      form && isMultipart(req)
        ? await withUpload(req, res, { folder: uploadFolder }, ({ file, fields }) =>
            handle({ body: parse(form, fields, "form"), file }),
          )
        : await handle({ body: jsonBody(endpoint, req), file: undefined });

    if (reply === streamed) return;
    res.status(reply.status).set(reply.headers ?? {});
    if (reply.body === undefined) res.end();
    else res.json(withBoundCursor(reply.body, owner));
  };
};

/** A misspelt parameter is told, not ignored. */
const noQuery = z.strictObject({});

const withOpenCursor = (query: unknown, owner: Parameters<typeof openCursor>[0]): unknown =>
  typeof query === "object" && query !== null && "cursor" in query && typeof query.cursor === "string"
    ? { ...query, cursor: openCursor(owner, query.cursor) }
    : query;

const withBoundCursor = (body: Reply["body"], owner: Parameters<typeof openCursor>[0]): unknown =>
  typeof body === "object" && body !== null && "nextCursor" in body && typeof body.nextCursor === "string"
    ? { ...body, nextCursor: bindCursor(owner, body.nextCursor) }
    : body;

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
  if (res.closed) gone.abort();
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
