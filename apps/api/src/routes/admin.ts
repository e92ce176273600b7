import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import { type Express, type RequestHandler, Router } from "express";
import { type AdminAccess, requireAdmin } from "../admin-access.ts";
import type { Ports } from "../ports.ts";
import { Problem } from "../problem.ts";

const basePath = "/admin/queues";

/** Bull Board's page needs its own scripts and inline styles; the web font it asks for is left out on purpose. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Bull Board, read-only: failed jobs are retried with the operator's commands, which also see the rows. */
export const adminRoutes = ({ board }: Pick<Ports, "board">, access: AdminAccess): Router => {
  let page: RequestHandler | undefined;

  const router = Router();
  router.use(basePath, async (req, res, next) => {
    requireAdmin(access, req);
    try {
      // With Redis away the board's own requests would hang instead of saying so.
      await board.ping();
    } catch (error) {
      throw new Problem("queue_unavailable", "Redis does not answer, so there are no queues to show.", {
        cause: error,
      });
    }
    res.setHeader("content-security-policy", contentSecurityPolicy);
    page ??= makePage(board.open());
    page(req, res, next);
  });
  return router;
};

const makePage = (queues: ReturnType<Ports["board"]["open"]>): RequestHandler => {
  const adapter = new ExpressAdapter();
  adapter.setBasePath(basePath);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: "GPT-agent workers" } },
  });
  const page = adapter.getRouter() as Express;
  return page.disable("x-powered-by");
};
