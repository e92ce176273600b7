import { readFile } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { appsFolder } from "../../src/cli/repository.ts";
import { startScene } from "./scene.ts";
import { startBrowser } from "../../src/browser/start-browser.ts";

let scene: Awaited<ReturnType<typeof startScene>>;
let browser: Browser | undefined;
let whyNoBrowser = "";
let context: BrowserContext | undefined;
/** What the page shows and what its console said, for a test that failed. */
let tell = async (): Promise<void> => {};

beforeAll(async () => {
  const [started, opened] = await Promise.all([
    startScene(),
    startBrowser().catch((error: unknown) => {
      whyNoBrowser = String(error);
    }),
  ]);
  scene = started;
  browser = opened ?? undefined;
}, 240_000);
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await tell().catch(() => {});
  await context?.close();
});
afterAll(() => Promise.all([browser?.close(), scene?.stop()]));

// A loaded machine draws slowly; what is waited for is the outcome.
const waitMs = 60_000;
vi.setConfig({ testTimeout: 180_000 });

/** A tab of its own, signed in, that remembers what its console complained of. */
const openDashboard = async (options: { locale?: string; width?: number; theme?: "light" | "dark" } = {}) => {
  if (!browser) throw new Error(whyNoBrowser);
  const { locale = "ru-RU", width = 1_200, theme = "light" } = options;
  context = await browser.newContext({ locale, viewport: { width, height: 900 }, colorScheme: theme });
  const page = await context.newPage();
  page.setDefaultTimeout(waitMs);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  tell = async () => {
    process.stderr.write(`${complaints.join("\n")}\n${await page.locator("body").innerText()}\n`);
  };
  await page.goto(`${scene.api}/`);
  await page.getByLabel(/Ключ API|API key/).fill(scene.key);
  await page.getByRole("button", { name: /Войти|Sign in/ }).click();
  await page.getByRole("navigation").waitFor();
  return { page, complaints };
};

/** What axe finds of serious weight. */
const seriousIssues = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>("axe.run(document)");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
};

const drop = async (page: Page, name: string): Promise<void> => {
  const content = await readFile(join(appsFolder, "../packages/local/samples", name), "base64");
  const dataTransfer = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob("${content}"), (one) => one.charCodeAt(0));
    transfer.items.add(new File([bytes], "${name}"));
    return transfer;
  })()`);
  await page.dispatchEvent(".drop", "drop", { dataTransfer });
};

test("a file is dropped, followed live, asked about, and the answer opens its source; the graph quotes it", async (ctx) => {
  if (!browser) ctx.skip(whyNoBrowser);
  const { page, complaints } = await openDashboard();
  await drop(page, "o-kompanii.html");
  await page.getByRole("link", { name: /o-kompanii\.html/ }).click();
  const pipeline = page.getByRole("region", { name: "Обработка" });
  await pipeline.getByText("Готов", { exact: true }).waitFor();
  for (const stage of ["В очереди", "Читается", "Векторизуется"])
    expect(await pipeline.getByText(stage).count()).toBe(1);
  await pipeline.getByText("Граф: Готов").waitFor();
  expect(await seriousIssues(page)).toEqual([]);

  await page.getByRole("link", { name: "Поиск" }).click();
  await page.getByLabel("Вопрос").fill("Кто возглавляет компанию «Ветролад»?");
  await page.getByRole("button", { name: "Спросить" }).click();
  const answer = page.locator(".answer").first();
  await answer.locator("mark").first().waitFor();
  expect(await seriousIssues(page)).toEqual([]);
  const said = await answer.locator(".passage-text").innerText();
  await answer.getByRole("link", { name: "Открыть источник" }).click();
  const source = page.locator(".source mark").first();
  await source.waitFor();
  expect((await source.innerText()).replaceAll(/\s+/g, " ")).toContain(said.replaceAll(/\s+/g, " ").slice(0, 40));

  await page.getByRole("link", { name: "Граф", exact: true }).click();
  await page.locator('.picture[data-arranged="true"] canvas').first().waitFor();
  await page.getByRole("list", { name: "Сущности" }).getByRole("button").first().click();
  const facts = page.getByRole("list", { name: "Связи" });
  await facts.getByRole("button").first().click();
  await facts.locator(".quote mark").first().waitFor();
  expect(await seriousIssues(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

test("a conflict is decided, a delivery sent again, workers and queues are seen", async (ctx) => {
  if (!browser) ctx.skip(whyNoBrowser);
  const { page, complaints } = await openDashboard({ locale: "en-GB", theme: "dark" });
  await page.getByRole("link", { name: "CRM" }).click();
  const conflict = page.locator(".conflict");
  await conflict.getByText("Анна Соколова").waitFor();
  expect(await seriousIssues(page)).toEqual([]);
  await conflict.getByRole("button", { name: "Take ours" }).click();
  await page.getByText("No open conflicts.").waitFor();

  await page.getByRole("link", { name: "Webhooks" }).click();
  const delivery = page.locator(".delivery");
  await delivery.getByText("HTTP 500").first().waitFor();
  expect(await seriousIssues(page)).toEqual([]);
  scene.receiver.behave(() => ({ status: 200 }));
  await delivery.getByRole("button", { name: "Send again" }).click();
  await delivery.getByText("Delivered").waitFor();

  await page.getByRole("link", { name: "Workers" }).click();
  for (const queue of ["kb-files", "webhooks"]) await page.getByRole("cell", { name: queue }).waitFor();
  await page.getByRole("link", { name: "Open Bull Board" }).waitFor();
  expect(await seriousIssues(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

test("it fits a narrow screen, works by keyboard, speaks both languages, and keeps the key out of addresses", async (ctx) => {
  if (!browser) ctx.skip(whyNoBrowser);
  const { page, complaints } = await openDashboard({ width: 400 });
  for (const name of ["Документы", "Поиск", "Граф", "CRM", "Вебхуки", "Воркеры"]) {
    const link = page.getByRole("navigation").getByRole("link", { name, exact: true });
    await link.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(400);
  }
  await page.getByRole("button", { name: "Language: English" }).click();
  await page.getByRole("heading", { name: "Workers and queues" }).waitFor();
  expect(await page.evaluate("document.documentElement.lang")).toBe("en");
  expect(page.url()).not.toContain(scene.key);
  expect(await page.evaluate("localStorage.length")).toBeLessThan(3);
  expect(await seriousIssues(page)).toEqual([]);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("API key").waitFor();
  expect(await page.evaluate("sessionStorage.length")).toBe(0);
  expect(complaints).toEqual([]);
});

test("the page allows nothing inline and nothing from elsewhere", async () => {
  const answer = await fetch(`${scene.api}/dashboard/`);
  expect(answer.status).toBe(200);
  const policy = answer.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).not.toContain("unsafe");
});
