import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { anchorOf, commandsOf, headingsOf, localLinksOf, readPages } from "../src/testing/documents.ts";
import type { Page } from "../src/testing/documents.ts";

const root = join(import.meta.dirname, "../../..");
const pages = readPages(root);
const page = (path: string): Page => {
  const found = pages.find((one) => one.path === path);
  if (found === undefined) throw new Error(`${path} is gone`);
  return found;
};

test("every link inside the repository resolves, to the heading too", () => {
  const broken = pages.flatMap((from) =>
    localLinksOf(from).filter((link) => {
      const [file = "", anchor] = link.split("#");
      const path = file === "" ? from.path : join(dirname(from.path), decodeURI(file));
      if (!existsSync(join(root, path))) return true;
      if (anchor === undefined || !path.endsWith(".md")) return false;
      return !headingsOf(page(path)).some(({ title }) => anchorOf(title) === decodeURI(anchor));
    }),
  );
  expect(pages.length).toBeGreaterThan(15);
  expect(broken).toEqual([]);
});

/** The sections of the guide that this project began with, in its order. */
const original = `
# 🚀 Деплой Worker сервиса
## 📋 Описание
## 🐳 Docker деплой
### Локальная сборка и тестирование
## 🚂 Railway
### Настройка деплоя
### Через Railway Dashboard
### Проверка деплоя
## 🎨 Render
### Настройка через Dashboard
### Через render.yaml
## ✈️ Fly.io
### Настройка деплоя
## 🔍 Мониторинг
### Health Check
### Логи
#### Railway
#### Render
#### Fly.io
### Метрики
## 🔧 Переменные окружения
### Обязательные
### Опциональные
## 🐛 Отладка
### Локальная разработка
### Проверка подключений
### Ошибки при деплое
## 📊 Масштабирование
### Автоматическое масштабирование
#### Railway
#### Render
#### Fly.io
### Ручное масштабирование
## ✅ Чеклист деплоя
## 🔗 Полезные ссылки
`;

test("the Russian deploy guide has the original's sections in the original's order", () => {
  const wanted = original.trim().split("\n");
  const left = headingsOf(page("docs/deploy.ru.md")).reduce((rest, { level, title }) => {
    return rest[0] === `${"#".repeat(level)} ${title}` ? rest.slice(1) : rest;
  }, wanted);
  expect(left).toEqual([]);
});

test.each([
  ["docs/deploy.md", "docs/deploy.ru.md"],
  ["docs/integration.md", "docs/integration.ru.md"],
])("%s and %s have the same commands", (english, russian) => {
  expect(commandsOf(page(russian))).toEqual(commandsOf(page(english)));
});

test("the deploy guide has the same sections in both languages", () => {
  const shape = (path: string) =>
    headingsOf(page(path)).map(
      ({ level, title }) => `${level} ${/^\p{Emoji_Presentation}|^\S\uFE0F/u.exec(title)?.[0] ?? ""}`,
    );
  expect(shape("docs/deploy.md")).toEqual(shape("docs/deploy.ru.md"));
});

test("scripts that the documentation names are there", async () => {
  const { default: manifest } = (await import(join(root, "package.json"), { with: { type: "json" } })) as {
    default: { scripts: Record<string, string> };
  };
  const code = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/^ *```[^]*?^ *```|`[^`\n]+`/gm)].map(([piece]) => ({ path, piece })),
  );
  const named = code.flatMap(({ path, piece }) =>
    [...piece.matchAll(/(?<![\w/-])pnpm(?:@[\d.]+)? (?:--silent )?([a-z][\w:-]*)/g)].map(([, script = ""]) => ({
      path,
      script,
    })),
  );
  const own = new Set(["install", "exec", "vitest", "pack", "deploy"]);
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(({ script }) => !own.has(script) && !(script in manifest.scripts))).toEqual([]);
});
