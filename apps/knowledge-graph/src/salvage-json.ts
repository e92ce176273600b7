import { jsonrepair } from "jsonrepair";

/** How much of an answer was JSON: `repaired`, where all of it is there but badly written; `cut_off`, where its end is missing. */
export type Condition = "read" | "repaired" | "cut_off";

const tryParse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Whether brackets or a string are still open at the end. */
const isOpenEnded = (text: string): boolean => {
  let depth = 0;
  let isString = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (isString) {
      if (letter === "\\") i++;
      else if (letter === '"') isString = false;
    } else if (letter === '"') isString = true;
    else if (letter === "{" || letter === "[") depth++;
    else if (letter === "}" || letter === "]") {
      depth--;
      // What follows the answer is talk.
      if (depth === 0) return false;
    }
  }
  return depth > 0 || isString;
};

/** The JSON in an answer, without a code fence and the talk around it: from the first bracket to where it closes. */
const withoutTalk = (text: string): string | undefined => {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)(?:\n```|$)/i.exec(text)?.[1];
  const body = fenced !== undefined && /[{[]/.test(fenced) ? fenced : text;
  const start = body.search(/[{[]/);
  if (start < 0) return undefined;
  if (isOpenEnded(body.slice(start))) return body.slice(start);
  const end = Math.max(body.lastIndexOf("}"), body.lastIndexOf("]"));
  return end > start ? body.slice(start, end + 1) : body.slice(start);
};

/** What can still be read of a model's answer. Undefined: there is no JSON in it. */
export const salvageJson = (text: string): { readonly value: unknown; readonly condition: Condition } | undefined => {
  const whole = tryParse(text);
  // JSON within JSON: an answer that was quoted once too often.
  const quoted = typeof whole === "string" && /[{[]/.test(whole) ? salvageJson(whole) : undefined;
  if (quoted) return { ...quoted, condition: quoted.condition === "read" ? "repaired" : quoted.condition };
  if (whole !== undefined) return { value: whole, condition: "read" };
  const body = withoutTalk(text);
  if (body === undefined) return undefined;
  const condition = isOpenEnded(body) ? "cut_off" : "repaired";
  const bare = tryParse(body);
  if (bare !== undefined) return { value: bare, condition: "repaired" };
  try {
    return { value: JSON.parse(jsonrepair(body)), condition };
  } catch {
    return undefined;
  }
};
