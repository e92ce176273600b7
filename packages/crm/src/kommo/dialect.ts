import type { Limit } from "@gpt-agent/limits/limiter";
import type { LimitScope } from "../providers.ts";
import type { ApiAnswer, Dialect, Refusal } from "../transport/api-call.ts";
import { refusalByStatus } from "../transport/errors.ts";
import { at, textOf } from "../transport/read-body.ts";

/** One product under two names; accounts live below these. */
export const kommoHostSuffixes = ["amocrm.ru", "amocrm.com", "kommo.com"] as const;

/**
 * 7 requests a second and account, over which follow 429 and then a 403 for the address. The window's algorithm is not
 * published: a sliding log is the worst case, so it is what we count.
 * https://developers.kommo.com/docs/limitations
 */
export const kommoLimits = ({ accountKey }: LimitScope): readonly Limit[] => [
  { key: `kommo:{${accountKey}}:requests`, rule: { kind: "window", cost: 7, windowMs: 1_000, jitterMs: 50 } },
];

/** `application/problem+json`, though a 429 or 504 may be HTML. */
const refusal = (answer: ApiAnswer): Refusal | undefined => {
  const kind = refusalByStatus(answer.status);
  if (kind === undefined) return undefined;
  const { body } = answer;
  const first = at(body, "validation-errors", 0, "errors", 0);
  const path = textOf(at(first, "path"));
  const said = [
    textOf(at(body, "detail")) ?? textOf(at(body, "title")),
    textOf(at(first, "detail")) === undefined ? undefined : `${path ?? ""}: ${textOf(at(first, "detail"))}`,
  ].filter((part) => part !== undefined);
  return { kind, ...(said.length === 0 ? {} : { said: said.join(" — ") }) };
};

export const kommoDialect = (title: string, scope: LimitScope): Dialect => {
  const charge = [{ limits: kommoLimits(scope), cost: 1 }];
  return { title, hostSuffixes: kommoHostSuffixes, charges: () => charge, refusal };
};
