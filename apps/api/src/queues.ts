import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";

/** The queues that workers serve; a new worker's goes here, for the API to enqueue, count and show. */
export const queues: readonly QueueDefinition[] = [kbFiles, embeddings, knowledgeGraph, webhooks, crmSync];
