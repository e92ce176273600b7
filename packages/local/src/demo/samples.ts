import { join } from "node:path";

const folder = join(import.meta.dirname, "../../samples");

/** The files that ship with the demo: a fictional maker of ventilation units. */
export const sampleFiles: readonly string[] = [
  join(folder, "reglament-vozvrata.docx"),
  join(folder, "aero-300-manual.pdf"),
  join(folder, "o-kompanii.html"),
];

/** Questions that the samples answer, one each. */
export const sampleQuestions: readonly string[] = [
  "Сколько дней есть у покупателя, чтобы вернуть прибор, купленный на сайте?",
  "How often do I have to replace the F7 filter?",
  "Кто возглавляет компанию «Ветролад»?",
];
