import { expect, test } from "vitest";
import { parseMarkdown } from "./markdown.ts";

const blocks = (source: string) => parseMarkdown(source).blocks;

test("front matter: the title is the first heading, the rest stays searchable", () => {
  expect(blocks('---\ntitle: "Отпуск"\nauthor: Анна\n---\nТекст.')).toEqual([
    { kind: "heading", text: "Отпуск", level: 1 },
    { kind: "text", text: "author: Анна" },
    { kind: "text", text: "Текст." },
  ]);
});

test("ATX and setext headings, without their marks", () => {
  expect(blocks("Title\n=====\n\nSub\n---\n\n### **Third** `x` [link](https://example.org)")).toEqual([
    { kind: "heading", text: "Title", level: 1 },
    { kind: "heading", text: "Sub", level: 2 },
    { kind: "heading", text: "Third x link", level: 3 },
  ]);
});

test("code keeps its lines, blank ones too", () => {
  expect(blocks("```ts\nconst a = 1;\n\n  b();\n```")).toEqual([{ kind: "code", text: "const a = 1;\n\n  b();" }]);
});

test("tables stay Markdown tables", () => {
  expect(blocks("| Товар | Цена |\n|:--|--:|\n| **Чай** | 340 |\n| a \\| b | 2 |")).toEqual([
    { kind: "table", text: "| Товар | Цена |\n| --- | --- |\n| Чай | 340 |\n| a \\| b | 2 |" },
  ]);
});

test("nested and ordered lists, task boxes", () => {
  expect(blocks("3. one\n4. two\n   - inner *x*\n     - deepest\n\n---\n\n- [x] done\n- [ ] open")).toEqual([
    { kind: "list", text: "3. one\n4. two\n  - inner x\n    - deepest" },
    { kind: "list", text: "- [x] done\n- [ ] open" },
  ]);
});

test("inline marks, entities, images and raw HTML", () => {
  expect(blocks("Tom &amp; *Jerry* <b>x</b> ![схема](a.png) a\\*b<br>next `<i>`")).toEqual([
    { kind: "text", text: "Tom & Jerry x схема a*b\nnext <i>" },
  ]);
  expect(blocks("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>\n\n> quoted")).toEqual([
    { kind: "table", text: "| a | b |\n| --- | --- |\n| 1 | 2 |" },
    { kind: "text", text: "quoted" },
  ]);
});
