import { z } from "zod";
import type { Supabase } from "./client.ts";
import { call } from "./rpc.ts";

/** Takes or renews a named lease; true for its holder. Whoever dies loses it when its time is over. */
export type SweepLease = (name: string, holderId: string, ttlSeconds: number) => Promise<boolean>;

export const makeSweepLease =
  (supabase: Supabase): SweepLease =>
  (name, holderId, ttlSeconds) =>
    call(supabase, "take_sweep_lease", { p_name: name, p_holder: holderId, p_ttl_seconds: ttlSeconds }, z.boolean());
