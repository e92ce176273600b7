import { parseArgs } from "node:util";
import { startBrowser } from "@gpt-agent/local/browser/start-browser";
import { startInstallation } from "./installation.ts";

const usage = `pnpm bench:dashboard [--smoke]
  The dashboard in a real browser, on the embedded stack, with 10,000 documents and a graph of 10,000 entities:
  the time until the first view, and the longest task of the page's thread while it is scrolled, zoomed and clicked.
  --smoke   a tenth of it`;

const { values } = parseArgs({ options: { smoke: { type: "boolean", default: false }, help: { type: "boolean" } } });
const full = { documents: 10_000, entities: 10_000, edges: 20_000 };
const small = { documents: 1_000, entities: 1_000, edges: 2_000 };
const goals = { firstViewMs: 2_000, longestTaskMs: 200 };

/** Runs in the page, before its own scripts. */
const observe = `
  globalThis.tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ entryTypes: ["longtask"] });`;

const main = async (): Promise<boolean> => {
  const sizes = values.smoke ? small : full;
  const [installation, browser, drawing] = await Promise.all([
    startInstallation(sizes),
    startBrowser(),
    startBrowser({ asWithGraphicsCard: true }),
  ]);
  const open = async (where = browser) => {
    const context = await where.newContext({ viewport: { width: 1_280, height: 900 }, locale: "ru-RU" });
    await context.addInitScript(observe);
    await context.addInitScript(`sessionStorage.setItem("gpt-agent.key", ${JSON.stringify(installation.key)})`);
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    return { context, page };
  };
  const figures: { readonly name: string; readonly ms: number; readonly goal: number }[] = [];
  const tell = (name: string, ms: number, goal: number): void => {
    figures.push({ name, ms, goal });
    console.log(`${ms <= goal ? "holds" : "FALLS SHORT"}  ${name}: ${ms.toFixed(0)} ms (goal: at most ${goal})`);
  };
  try {
    const views: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const { context, page } = await open();
      const startedAt = performance.now();
      await page.goto(`${installation.url}/dashboard/`, { waitUntil: "commit" });
      await page.locator(".document-row").first().waitFor();
      views.push(performance.now() - startedAt);
      await context.close();
    }
    tell("first view of the documents, median of 5", views.toSorted((a, b) => a - b)[2] ?? 0, goals.firstViewMs);

    let { page } = await open();
    const longest = async (): Promise<number> => {
      const tasks = await page.evaluate<readonly number[]>("globalThis.tasks.splice(0)");
      return Math.max(0, ...tasks);
    };
    const frames = (count: number): Promise<unknown> =>
      page.evaluate(`new Promise((done) => {
        let left = ${count};
        const next = () => (left-- > 0 ? requestAnimationFrame(next) : done());
        next();
      })`);

    await page.goto(`${installation.url}/dashboard/`);
    await page.locator(".document-row").first().waitFor();
    await longest();
    await page.locator(".scroller").hover();
    // To the very end, page by page of the API, then in leaps.
    for (;;) {
      await page.mouse.wheel(0, 10_000);
      await frames(3);
      const shown = await page.evaluate<number>("Number(document.querySelector('.rows li')?.ariaSetSize ?? -1)");
      if (shown >= sizes.documents) break;
    }
    for (let leap = 0; leap < 20; leap += 1) {
      await page.evaluate(`document.querySelector(".scroller").scrollTop = ${((leap * 7_919) % sizes.documents) * 68}`);
      await frames(5);
    }
    tell(`longest task while ${sizes.documents} documents are scrolled`, await longest(), goals.longestTaskMs);

    ({ page } = await open(drawing));
    await page.goto(`${installation.url}/dashboard/#/graph`);
    const startedAt = performance.now();
    await page.locator(".picture canvas").first().waitFor();
    console.log(
      `       graph of ${sizes.entities} entities drawn after ${(performance.now() - startedAt).toFixed(0)} ms`,
    );
    await page.locator('.picture[data-arranged="true"]').waitFor();
    console.log(`       arranged after ${(performance.now() - startedAt).toFixed(0)} ms`);
    tell("longest task while the graph is read, drawn and arranged", await longest(), goals.longestTaskMs);

    const box = (await page.locator(".picture").boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await page.mouse.move(middle.x, middle.y);
    for (let step = 0; step < 12; step += 1) {
      await page.mouse.wheel(0, step < 6 ? -240 : 240);
      await frames(10);
    }
    await page.mouse.down();
    for (let step = 0; step < 20; step += 1) {
      await page.mouse.move(middle.x + step * 8, middle.y + step * 5);
      await frames(1);
    }
    await page.mouse.up();
    await page.locator(".choices button").nth(3).click();
    await page.locator(".facts-list button").first().click();
    await page.locator(".quote").first().waitFor();
    await frames(60);
    tell("longest task while the graph is zoomed, moved and clicked", await longest(), goals.longestTaskMs);
    return figures.every(({ ms, goal }) => ms <= goal);
  } finally {
    await Promise.all([browser.close(), drawing.close()]);
    await installation.stop();
  }
};

if (values.help) console.log(usage);
else process.exitCode = (await main()) || values.smoke ? 0 : 1;
