import { randomUUID } from "node:crypto";
import { mutatedFiles } from "./mutated-files.ts";
import { account, sampleText, untilFinished } from "./ledger.ts";
import { crmScenarios } from "./crm-scenarios.ts";
import { graphWriters } from "./graph/graph-writers.ts";
import { embeddingKill } from "./embedding-kill.ts";
import { inboundKill } from "./inbound-kill.ts";
import { inboundOrder } from "./inbound-order.ts";
import { type Installation, startInstallation } from "./installation.ts";
import { threeInstances } from "./instances/three-instances.ts";

export interface Scenario {
  readonly name: string;
  readonly promise: string;
  /** Returns what was measured; throws what was broken. */
  readonly run: (options: { readonly smoke: boolean }) => Promise<string>;
}

const withInstallation = async <T>(use: (installation: Installation) => Promise<T>): Promise<T> => {
  const installation = await startInstallation();
  try {
    return await use(installation);
  } finally {
    await installation.stop();
  }
};

const sampleTexts = (smoke: boolean): string[] =>
  Array.from({ length: smoke ? 4 : 16 }, (_, seed) => sampleText(seed, smoke ? 15 : 60));

const addAll = (installation: Installation, orgId: string, texts: readonly string[]): Promise<string[]> =>
  Promise.all(texts.map((text, index) => installation.addDocument(orgId, `document-${index}.md`, text)));

/** Fingerprints of the same files, processed in peace under another organisation. */
const processInPeace = async (installation: Installation, texts: readonly string[]): Promise<string[]> => {
  const orgId = randomUUID();
  const ids = await addAll(installation, orgId, texts);
  await untilFinished(installation, orgId, ids, 600_000);
  return Promise.all(ids.map((id) => account(installation, orgId, id)));
};

const requireEqual = (found: readonly string[], expected: readonly string[]): void => {
  const different = found.filter((fingerprint, index) => fingerprint !== expected[index]).length;
  if (different > 0) throw new Error(`${different} of ${found.length} documents differ from the undisturbed run`);
};

const killWorkers: Scenario = {
  name: "kill-workers",
  promise: "a worker killed at any moment and restarted: every document ready, once, no chunk lost or double",
  run: ({ smoke }) =>
    withInstallation(async (installation) => {
      const texts = sampleTexts(smoke);
      const expected = await processInPeace(installation, texts);
      const orgId = randomUUID();
      const ids = await addAll(installation, orgId, texts);
      const killUntil = Date.now() + (smoke ? 5_000 : 90_000);
      let kills = 0;
      const keepKilling = async (name: string): Promise<void> => {
        while (Date.now() < killUntil) {
          await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * (smoke ? 1_500 : 6_000)));
          await installation.killAndRestart(name);
          kills += 1;
        }
      };
      await Promise.all(installation.workerNames.map(keepKilling));
      await untilFinished(installation, orgId, ids, 300_000);
      requireEqual(await Promise.all(ids.map((id) => account(installation, orgId, id))), expected);
      return `${kills} kills, ${ids.length} documents`;
    }),
};

const emptyRedis: Scenario = {
  name: "empty-redis",
  promise: "an empty Redis in place of the old one: every unfinished document queued again within 120 s",
  run: ({ smoke }) =>
    withInstallation(async (installation) => {
      const texts = sampleTexts(smoke);
      const expected = await processInPeace(installation, texts);
      const orgId = randomUUID();
      const ids = await addAll(installation, orgId, texts);
      await installation.replaceRedis(1_000);
      const emptySince = Date.now();
      const rows = await Promise.all(ids.map((documentId) => installation.documents.get({ orgId, documentId })));
      const unfinished = rows.filter((row) => row?.state !== "ready" || row.graphState !== "ready").length;
      if (unfinished === 0) throw new Error("every document was finished before Redis went: nothing was tried");
      await untilFinished(installation, orgId, ids, 120_000);
      requireEqual(await Promise.all(ids.map((id) => account(installation, orgId, id))), expected);
      return `${unfinished} of ${ids.length} documents were unfinished; all ready ${Math.round((Date.now() - emptySince) / 1_000)} s later`;
    }),
};

const damagedFiles: Scenario = {
  name: "mutated-files",
  promise: "damaged files of every format: no parser crashes or hangs, each ends with a code or is read",
  run: mutatedFiles,
};

export const scenarios: readonly Scenario[] = [
  killWorkers,
  emptyRedis,
  damagedFiles,
  graphWriters,
  embeddingKill,
  inboundKill,
  inboundOrder,
  threeInstances,
  ...crmScenarios,
];
