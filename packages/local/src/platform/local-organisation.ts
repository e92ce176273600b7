import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { connectSupabase } from "@gpt-agent/supabase/client";
import type { StackEnv } from "../stack.ts";

/** The one organisation of a local installation; the same in every run, so that kept data is found again. */
const localOrgId = "00000000-0000-4000-8000-000000000001";

/** A new API key for it. Only its hash is stored, so every run makes its own. */
export const createLocalKey = async (
  env: Pick<StackEnv, "SUPABASE_URL" | "SUPABASE_SERVICE_ROLE_KEY">,
  name: string,
): Promise<string> => {
  const serviceRoleKey = { reveal: () => env.SUPABASE_SERVICE_ROLE_KEY };
  const keys = makeApiKeys(connectSupabase({ url: env.SUPABASE_URL, serviceRoleKey }));
  return (await keys.create({ orgId: localOrgId, name, scopes: ["*"] })).key;
};
