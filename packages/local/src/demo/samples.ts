import { join } from "node:path";
import type { DemoFile } from "./follow-documents.ts";

const folder = join(import.meta.dirname, "../../samples");

/** The files that ship with the demo: a fictional maker of ventilation units. */
export const sampleFiles: readonly DemoFile[] = [
  "reglament-vozvrata.docx",
  "aero-300-manual.pdf",
  "o-kompanii.html",
].map((name) => ({ given: name, path: join(folder, name) }));

/** Questions that the samples answer, one each. */
export const sampleQuestions: readonly string[] = [
  "Сколько дней есть у покупателя, чтобы вернуть прибор, купленный на сайте?",
  "How often do I have to replace the F7 filter?",
  "Кто возглавляет компанию «Ветролад»?",
];
