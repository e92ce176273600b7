// The baseline in a process of its own: express, one route, the same insert, nothing else.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connectSupabase } from "@gpt-agent/supabase/client";
import express from "express";

export interface BareAsk {
  readonly supabaseUrl: string;
  readonly serviceRoleKey: string;
  readonly orgId: string;
  readonly profileId: number;
}

process.once("message", (ask: BareAsk) => {
  const { supabaseUrl: url, serviceRoleKey, orgId, profileId } = ask;
  const supabase = connectSupabase({ url, serviceRoleKey: { reveal: () => serviceRoleKey } });
  const app = express();
  app.post("/knowledge-bases", express.json(), async (req, res) => {
    const { name } = req.body as { readonly name: string };
    const row = { org_id: orgId, name, active_profile_id: profileId };
    const { data, error } = await supabase.from("knowledge_bases").insert(row).select().single();
    if (error) throw new Error(error.message);
    res.status(201).json(data);
  });
  const server = app.listen(0, "127.0.0.1");
  void once(server, "listening").then(() => process.send?.((server.address() as AddressInfo).port));
});
