import { covers, type Scope, type ScopeArea, scopeAreas } from "@gpt-agent/supabase/scopes";
import type { Identity } from "./auth.ts";
import type { Endpoint } from "./endpoint.ts";
import { Problem } from "./problem.ts";

/** What a key must hold for a call: the address says which area, the method whether it reads or writes. */
export const scopeOf = ({ path, method, scope }: Pick<Endpoint, "path" | "method" | "scope">): Scope => {
  if (scope) return scope;
  const area = path.split("/")[2] as ScopeArea;
  if (!scopeAreas.includes(area)) throw new Error(`no scope covers ${path}: add its area to scopeAreas`);
  return `${area}:${method === "get" ? "read" : "write"}`;
};

/** @throws {Problem} `forbidden` */
export const requireScope = ({ scopes }: Identity, needed: Scope): void => {
  if (covers(scopes, needed)) return;
  const held = scopes.length === 0 ? "nothing at all" : scopes.join(", ");
  throw new Problem("forbidden", `This call needs the scope ${needed}; the key holds ${held}. Use another key.`);
};
