import { resolveNames, type NamedThing } from "../resolution/resolve.ts";
import { asArray, asText, parseJson, readInput, warn } from "./read-input.ts";
import { scorePairs, tellScore } from "./score.ts";

interface Item extends NamedThing {
  readonly gold: string | undefined;
  readonly hasName: boolean;
}

const readItem = (value: unknown): Item => {
  const fields = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const name = asText(fields["name"]);
  const ids = Array.isArray(fields["ids"]) ? fields["ids"].filter((id) => typeof id === "string") : [];
  return {
    name: name ?? "",
    type: asText(fields["type"]) ?? "",
    gold: asText(fields["gold"]),
    hasName: name !== undefined && name.trim() !== "",
    ids,
  };
};

/**
 * Prints a cluster number for each of the file's `{name, type, ids?, gold?}`, in their order. What has no name is nobody's
 * equal: it gets a number of its own, and is told of on stderr.
 * @throws {InputError}
 */
export const resolveEntities = async (file: string): Promise<void> => {
  const items = asArray(parseJson(await readInput(file), file), file).map(readItem);
  const nameless = items.flatMap(({ hasName }, place) => (hasName ? [] : [place]));
  if (nameless.length > 0) {
    warn(
      `${nameless.length} of ${items.length} items have no name (the first is item ${nameless[0]}): each stays alone`,
    );
  }
  const named = items.filter(({ hasName }) => hasName);
  const found = resolveNames(named);
  let next = named.length;
  let place = 0;
  const clusters = items.map(({ hasName }) => (hasName ? (found[place++] ?? next++) : next++));
  process.stdout.write(`${JSON.stringify(clusters)}\n`);

  const judged = items.flatMap(({ gold }, i) => (gold === undefined ? [] : [{ gold, cluster: clusters[i] ?? -1 }]));
  if (judged.length === 0) return;
  const score = scorePairs(
    judged.map(({ cluster }) => cluster),
    judged.map(({ gold }) => gold),
  );
  warn(tellScore(judged.length === items.length ? "pairs" : `pairs of the ${judged.length} items with gold`, score));
};
