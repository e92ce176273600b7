import { loadEnv } from "@gpt-agent/config/load-env";
import { rewrapDataKey } from "@gpt-agent/crypto/data-key";
import { makeKeyRing } from "@gpt-agent/crypto/key-ring";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeDataKeyRotation } from "@gpt-agent/supabase/data-keys";
import { type Command, OpsError } from "../command.ts";
import { rotation } from "../env.ts";
import { guardRemote, remoteOption, remoteUsage } from "../remote-guard.ts";

const pageSize = 200;

/** How far it is, on stderr, where `--json` does not look. */
const tell = (rewrapped: number, current: number): void => {
  process.stderr.write(`\r${rewrapped} wrapped anew, ${current} already under the active key`);
};

export const rotateKeys: Command = {
  summary: "Wraps every organisation's data key with the active ENCRYPTION_KEY. Cut off, it goes on where it stopped.",
  usage: `pnpm ops rotate-keys [--dry-run] [--remote]
  --dry-run    only count what is under an older key
  ${remoteUsage}
First put the new key in ENCRYPTION_KEY and the old one in ENCRYPTION_KEYS_PREVIOUS of every app. When this says that nothing is
left, the old one may go.`,
  options: { "dry-run": { type: "boolean" }, ...remoteOption },
  run: async ({ values, source }) => {
    const env = loadEnv(rotation, source);
    const { activeKey, previousKeys } = env.encryption;
    if (activeKey === undefined)
      throw new OpsError("no_key", "ENCRYPTION_KEY is not set: there is nothing to rotate to.");
    const dryRun = values["dry-run"] === true;
    if (!dryRun) guardRemote("SUPABASE_URL", new URL(env.supabase.url).hostname, values["remote"] === true);
    const ring = makeKeyRing({ active: activeKey, previous: previousKeys });
    const dataKeys = makeDataKeyRotation(connectSupabase(env.supabase));

    let [rewrapped, current] = [0, 0];
    const unreadable: string[] = [];
    for (let afterOrgId: string | undefined; ;) {
      const page = await dataKeys.list({ ...(afterOrgId !== undefined && { afterOrgId }), limit: pageSize });
      for (const { orgId, record } of page) {
        try {
          const after = rewrapDataKey(ring, orgId, record);
          if (after === record) current += 1;
          // False: another rotation was here in between, to the same key.
          else if (dryRun || (await dataKeys.replace({ orgId, before: record, after }))) rewrapped += 1;
        } catch {
          unreadable.push(orgId);
        }
      }
      if (process.stderr.isTTY) tell(rewrapped, current);
      if (page.length < pageSize) break;
      afterOrgId = page.at(-1)?.orgId;
    }
    const verb = dryRun ? "would be wrapped anew" : "were wrapped anew";
    const bad =
      unreadable.length === 0
        ? ""
        : `\nNo key that is set opens those of: ${unreadable.join(", ")}. Add the missing one to ENCRYPTION_KEYS_PREVIOUS and repeat.`;
    return {
      text: `${rewrapped} data keys ${verb}; ${current} are under the active key already.${bad}`,
      data: { dryRun, rewrapped, current, unreadable },
      failed: unreadable.length > 0,
    };
  },
};
