import type { AiProvider } from "../platform/app-environment.ts";
import type { ApiClient, DemoGraph } from "./api-client.ts";
import { type DemoFile, followDocuments } from "./follow-documents.ts";
import type { ProgressView } from "./progress-view.ts";
import type { Answer, DemoRun } from "./report.ts";
import type { CrmRun } from "./run-crm.ts";
import type { WebhooksRun } from "./run-webhooks.ts";

export interface DemoSetup {
  readonly api: ApiClient;
  readonly files: readonly DemoFile[];
  readonly questions: readonly string[];
  readonly view: ProgressView;
  readonly stack: { readonly redis: string; readonly supabase: string; readonly ai: AiProvider };
  readonly workers: readonly string[];
  /** These go on beside the documents. */
  readonly webhooks: () => Promise<WebhooksRun>;
  readonly crm: () => Promise<CrmRun>;
}

const hitsPerQuestion = 5;

const answer = async (api: ApiClient, ask: string): Promise<Answer> => {
  try {
    return { ask, hits: await api.search(ask, hitsPerQuestion) };
  } catch (error) {
    // A question that the API refuses takes no other answer with it.
    return { ask, hits: [], refusal: error instanceof Error ? error.message : String(error) };
  }
};

/** Files in, answers out: everything through the HTTP API. */
export const runDemo = async (setup: DemoSetup): Promise<Omit<DemoRun, "ms">> => {
  const { api, view, stack, workers } = setup;
  const webhooks = setup.webhooks();
  const crm = setup.crm();
  const files = await followDocuments(api, setup.files, view);
  const answers: Answer[] = [];
  for (const ask of setup.questions) answers.push(await answer(api, ask));
  const knowledgeBaseId = files.find(({ document }) => document !== undefined)?.document?.knowledgeBaseId;
  const graph: DemoGraph =
    knowledgeBaseId === undefined ? { entities: [], edges: [] } : await api.graph(knowledgeBaseId);
  return { stack, workers, files, answers, graph, webhooks: await webhooks, crm: await crm };
};
