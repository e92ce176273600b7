import { basename } from "node:path";
import type { AiProvider } from "../platform/app-environment.ts";
import { excerpt } from "./excerpt.ts";
import type { DemoGraph, DemoHit } from "./api-client.ts";
import type { FollowedFile } from "./follow-documents.ts";
import type { CrmRun } from "./run-crm.ts";
import type { WebhooksRun } from "./run-webhooks.ts";

export interface Answer {
  readonly ask: string;
  readonly hits: readonly DemoHit[];
  /** Why there is no answer, where the API refused the question. */
  readonly refusal?: string;
}

/** What a demo run found out. */
export interface DemoRun {
  readonly stack: { readonly redis: string; readonly supabase: string; readonly ai: AiProvider };
  /** Names of the workers that are up. */
  readonly workers: readonly string[];
  readonly files: readonly FollowedFile[];
  readonly answers: readonly Answer[];
  readonly graph: DemoGraph;
  readonly webhooks: WebhooksRun;
  readonly crm: CrmRun;
  readonly ms: number;
}

/** No document failed or was refused (`ready_partial` counts as ready), the webhooks arrived, and the CRM is in step. */
export const isSuccess = ({ files, webhooks, crm }: DemoRun): boolean =>
  webhooks.error === undefined &&
  crm.error === undefined &&
  files.every(({ document }) => document?.state === "ready" || document?.state === "ready_partial");

/** The object that `--json` prints: a public interface. */
export const toJson = (run: DemoRun) => ({
  stack: run.stack,
  workers: Object.fromEntries(run.workers.map((name) => [name, "ok"])),
  documents: run.files.map(({ file, document, refusal, ms }) => ({
    file: file.given,
    documentId: document?.id ?? null,
    state: document?.state ?? "failed",
    graphState: document?.graphState ?? null,
    errorCode: document?.error?.code ?? (document === undefined ? "invalid_request" : null),
    errorMessage: document?.error?.message ?? refusal ?? null,
    pages: document?.counts.pages ?? null,
    chunks: document?.counts.chunks ?? 0,
    embedded: document?.counts.embedded ?? 0,
    entities: document?.counts.entities ?? 0,
    edges: document?.counts.edges ?? 0,
    ms,
  })),
  answers: run.answers.map(({ ask, hits, refusal }) => ({
    ask,
    ...(refusal === undefined ? {} : { errorMessage: refusal }),
    hits: hits.map(({ documentId, text, score, page, headingPath, charStart, charEnd }) => {
      const file = run.files.find(({ document }) => document?.id === documentId)?.file.given ?? null;
      return { documentId, file, text, score, page, headingPath, charStart, charEnd };
    }),
  })),
  graph: { entities: run.graph.entities.length, edges: run.graph.edges.length },
  webhooks: run.webhooks,
  crm: run.crm,
  ms: run.ms,
});

/** Lines of at most `width` characters, broken between words, each after `indent`. */
const wrap = (text: string, indent: string, width: number): string => {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length === 0 || indent.length + longer.length > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => `${indent}${line}\n`).join("");
};

const shorten = (text: string, length: number): string => {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
};

const place = ({ documentName, page, headingPath }: DemoHit): string =>
  [documentName, page === null ? "" : `page ${page}`, headingPath.join(" › ")].filter((part) => part !== "").join(", ");

const answerText = ({ ask, hits, refusal }: Answer, width: number): string => {
  const passages = hits
    .slice(0, 2)
    .map((hit) => wrap(`“${excerpt(hit.text, ask, 300)}”`, "    ", width) + wrap(`— ${place(hit)}`, "    ", width));
  return `  ${shorten(ask, 300)}\n${passages.length === 0 ? `    ${refusal ?? "Nothing found."}\n` : passages.join("")}`;
};

const graphText = ({ entities, edges }: DemoGraph, width: number): string => {
  const names = new Map(entities.map(({ id, name }) => [id, name]));
  const facts = edges.slice(0, 4).map(({ sourceId, predicate, targetId, evidence }) => {
    const fact = `    ${names.get(sourceId) ?? "?"} —${predicate}→ ${names.get(targetId) ?? "?"}\n`;
    const quote = evidence[0]?.quote;
    return quote === undefined ? fact : fact + wrap(`“${shorten(quote, 200)}”`, "      ", width);
  });
  return `  ${entities.length} entities, ${edges.length} relations, each with its quote\n${facts.join("")}`;
};

const webhooksText = ({ received, deliveries, error }: WebhooksRun, width: number): string => {
  const taken = received && wrap(`in: ${received.scheme}, signed, ${received.state}`, "  ", width);
  const sent = deliveries.map(({ eventType, endpoint, state, attempts }) => {
    const times = attempts === 1 ? "" : ` at attempt ${attempts}`;
    return wrap(`out: ${eventType} → the endpoint that ${endpoint}: ${state}${times}`, "  ", width);
  });
  return [taken ?? "", ...sent, error === undefined ? "" : wrap(error, "  ", width)].join("");
};

const crmText = ({ records = {}, conflict, secondRun, refusals, error }: CrmRun, width: number): string => {
  const counts = Object.entries(records).map(([entity, count]) => `${entity} ${count}`);
  const lines = [
    counts.length > 0 && `Kommo (a sandbox) read: ${counts.join(", ")}; told to slow down ${refusals} times`,
    conflict &&
      `both sides renamed a deal: here “${String(conflict.ours)}”, there “${String(conflict.crm)}”; decided for ${conflict.resolution}, written: “${String(conflict.written)}”`,
    secondRun && `once more: ${secondRun.changedHere} records changed here, ${secondRun.writtenThere} written there`,
    error,
  ];
  return lines.map((line) => (line ? wrap(line, "  ", width) : "")).join("");
};

const aiLabels: Readonly<Record<AiProvider, string>> = {
  local: "LOCAL AI: word and character hashing, no model. Set OPENROUTER_API_KEY for real embeddings.",
  openrouter: "AI: OpenRouter",
};

export const aiLabel = (ai: AiProvider): string => aiLabels[ai];

/** Answers and graph, for people. @param width characters in a line */
export const toText = ({ answers, graph, webhooks, crm, files, ms }: DemoRun, width = 100): string => {
  const failed = files.filter(({ document }) => document === undefined || document.error !== null);
  const failures = failed.map(
    ({ file, document, refusal }) => `  ${basename(file.path)}: ${document?.error?.message ?? refusal}\n`,
  );
  return [
    `\nQuestions\n${answers.map((answer) => answerText(answer, width)).join("\n")}`,
    `\nGraph\n${graphText(graph, width)}`,
    `\nWebhooks\n${webhooksText(webhooks, width)}`,
    `\nCRM\n${crmText(crm, width)}`,
    failures.length === 0 ? "" : `\nNot processed\n${failures.join("")}`,
    `\n${files.length - failed.length} of ${files.length} documents ready in ${(ms / 1_000).toFixed(1)} s\n`,
  ].join("");
};
