import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import express, { Router } from "express";
import { type AdminAccess, requireAdmin } from "../admin-access.ts";
import { Problem } from "../problem.ts";

const basePath = "/dashboard";
const builtFolder = (): string =>
  join(dirname(fileURLToPath(import.meta.resolve("@gpt-agent/dashboard/package.json"))), "dist");

/** Files of our own and nothing inline. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The page for people, for whoever may see the operator's pages. What it shows, it asks the API for, with a key. */
export const dashboardRoutes = (access: AdminAccess, folder = builtFolder()): Router => {
  const router = Router();
  router.get("/", (_req, res) => res.redirect(302, `${basePath}/`));
  router.use(
    basePath,
    (req, res, next) => {
      requireAdmin(access, req);
      if (!existsSync(join(folder, "index.html"))) {
        throw new Problem(
          "not_found",
          "The dashboard is not built here: pnpm turbo run build --filter=@gpt-agent/dashboard.",
        );
      }
      res.setHeader("content-security-policy", contentSecurityPolicy);
      next();
    },
    express.static(folder, {
      setHeaders: (res, path) => {
        // Names of assets change with their content.
        const isAsset = path.startsWith(join(folder, "assets"));
        res.setHeader("cache-control", isAsset ? "private, max-age=31536000, immutable" : "no-cache");
      },
    }),
  );
  return router;
};
