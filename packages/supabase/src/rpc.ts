import type { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";

/**
 * Calls one of our SQL functions and parses its answer.
 * @throws what {@link failure} makes of a refusal; ZodError when the database is of another version than this code
 */
export const call = async <Schema extends z.ZodType>(
  supabase: Supabase,
  name: string,
  args: Readonly<Record<string, unknown>>,
  answer: Schema,
): Promise<z.output<Schema>> => {
  const { data, error, status } = await supabase.rpc(name, args);
  if (error) throw failure(name.replaceAll("_", " "), error, status);
  return answer.parse(data);
};
