import { decodeNestedForm } from "../nested-form.ts";
import { plainText } from "../plain-text.ts";
import type { Row } from "./item-filter.ts";
import type { MethodAnswer } from "./items.ts";
import { BitrixRefusal } from "./refusal.ts";

const maxCommands = 50;

/** `$result[user][ID]` of a command stands for what an earlier one answered. */
const substituted = (text: string, results: Row): string =>
  text.replaceAll(/\$result((?:\[[^\]]+\])+)/gu, (_, path: string) => {
    let value: unknown = results;
    for (const [, key = ""] of path.matchAll(/\[([^\]]+)\]/gu)) value = (value as Row | undefined)?.[key];
    return encodeURIComponent(plainText(value));
  });

/** PHP writes an empty map as an empty list; so does this. */
const phpMap = (map: Row): Row | readonly never[] => (Object.keys(map).length === 0 ? [] : map);

/** Up to 50 commands `method?query`, one after another; errors stand beside the results, the whole answers 200. */
export const runBatch = (
  params: Row,
  run: (method: string, params: Row) => MethodAnswer & { readonly time: object },
): object => {
  const commands = Object.entries((params["cmd"] ?? {}) as Row);
  const halt = ["1", "true"].includes(plainText(params["halt"]));
  const isList = Array.isArray(params["cmd"]);
  const results: Record<string, unknown> = {};
  const errors: Record<string, unknown> = {};
  const totals: Record<string, unknown> = {};
  const nexts: Record<string, unknown> = {};
  const times: Record<string, unknown> = {};
  commands.every(([key, command], at) => {
    try {
      if (at >= maxCommands) throw new BitrixRefusal(400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded");
      const [method = "", query = ""] = plainText(command).split(/\?(.*)/su);
      if (method === "batch") {
        throw new BitrixRefusal(405, "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage");
      }
      const answer = run(method, decodeNestedForm(new URLSearchParams(substituted(query, results))));
      results[key] = answer.result;
      times[key] = answer.time;
      if (answer.total !== undefined) totals[key] = answer.total;
      if (answer.next !== undefined) nexts[key] = answer.next;
      return true;
    } catch (error) {
      if (!(error instanceof BitrixRefusal)) throw error;
      errors[key] = error.body;
      return !halt;
    }
  });
  const complete = isList && Object.keys(results).length === commands.length;
  return {
    result: complete ? Object.values(results) : phpMap(results),
    result_error: phpMap(errors),
    result_total: phpMap(totals),
    result_next: phpMap(nexts),
    result_time: phpMap(times),
  };
};
