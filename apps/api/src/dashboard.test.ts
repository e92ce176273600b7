import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import express from "express";
import { expect, onTestFinished, test } from "vitest";
import type { AdminAccess } from "./admin-access.ts";
import { problemHandler } from "./problem.ts";
import { securityHeaders } from "./request.ts";
import { dashboardRoutes } from "./routes/dashboard.ts";

const serve = async (access: AdminAccess, isBuilt = true): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "gpt-agent-dashboard-"));
  if (isBuilt) writeFileSync(join(folder, "index.html"), "<title>page</title>");
  const server = express().use(securityHeaders, dashboardRoutes(access, folder), problemHandler).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const adminToken = { reveal: () => "operator-token-0123" };

test("the root leads to the page, which runs files of its own alone and is asked for anew", async () => {
  const answer = await fetch(`${await serve({ production: false })}/`);
  expect(answer.url).toMatch(/\/dashboard\/$/);
  expect(await answer.text()).toContain("page");
  const policy = answer.headers.get("content-security-policy");
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).not.toContain("unsafe");
  expect(answer.headers.get("cache-control")).toBe("no-cache");
});

test("in production it is off without a token, and with one for whoever has it", async () => {
  expect((await fetch(`${await serve({ production: true })}/dashboard/`)).status).toBe(404);
  const url = `${await serve({ production: true, adminToken })}/dashboard/`;
  expect((await fetch(url)).status).toBe(401);
  const authorization = `Basic ${Buffer.from("operator:operator-token-0123").toString("base64")}`;
  expect((await fetch(url, { headers: { authorization } })).status).toBe(200);
});

test("where it was not built, the answer says how", async () => {
  const answer = await fetch(`${await serve({ production: false }, false)}/dashboard/`);
  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain("not built");
});
