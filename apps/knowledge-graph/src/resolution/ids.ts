import { findLiterals } from "@gpt-agent/ai/rules/literals/find-literals";

/** What tells things apart and together beside their names. */
interface Ids {
  /** Numbers in registers, "inn 7701234567": equal ones are one thing, different ones of one register are two. */
  readonly numbers: readonly string[];
  /** Addresses, "email a@b.ru", "phone +7…", "url b.ru": who shares one and has a like name is one; several prove nothing. */
  readonly addresses: readonly string[];
}

/** What comes before the number itself: "inn", with whatever scope stands before it. */
export const registerOf = (number: string): string => number.slice(0, number.lastIndexOf(" "));

/** Hosts where everybody has an address. */
const publicHosts =
  /^(?:url )?(?:(?:[\w-]+\.)?(?:gmail|mail|yandex|ya|bk|list|inbox|rambler|outlook|hotmail|yahoo|icloud|proton|vk|t|facebook|instagram|linkedin|youtube|twitter|x|github|ok|wikipedia)\.(?:com|ru|me|org|net))$/;

/** @param ids with the kind before each: "identifier inn 7701234567", "email a@b.ru" */
const sortOut = (ids: readonly string[]): Ids => {
  const numbers = [...new Set(ids)]
    .filter((id) => id.startsWith("identifier "))
    .map((id) => id.slice("identifier ".length));
  const byRegister = Map.groupBy(numbers, registerOf);
  return {
    // Who is said to have two numbers of one register was confused with somebody: neither can be relied on.
    numbers: [...byRegister.values()].filter((all) => all.length === 1).flat(),
    addresses: [...new Set(ids)].filter((id) => /^(?:email|phone|url) /.test(id) && !publicHosts.test(id)),
  };
};

/** A name and the ids that stand in it: "ООО «Ромашка» (ИНН 7701234567)" is "ООО «Ромашка»", and the number. */
export const splitIds = (name: string, ids: readonly string[] = []): Ids & { readonly name: string } => {
  // Without an @ or a longer number there is nothing to find; a bare site may be a name ("Booking.com").
  const literals = /@|\d{5}|\d[\d ().-]{6,}\d/.test(name)
    ? findLiterals(name).filter(({ type }) => type === "identifier" || type === "email" || type === "phone")
    : [];
  const all = sortOut([...ids, ...literals.map(({ type, key }) => `${type} ${key}`)]);
  let bare = name;
  for (const { start, end } of literals.toReversed()) bare = `${bare.slice(0, start)} ${bare.slice(end)}`;
  if (literals.length > 0) {
    bare = bare
      .replaceAll(/[([<{]\s*(?:[,;:.]|\s|тел|e-?mail|phone|КПП)*\s*[)\]>}]/giu, " ")
      .replace(/(?:[\s,;:(<[–—-]|тел\.?|e-?mail:?|phone:?)+$/iu, "")
      .trim();
  }
  return { ...all, name: bare === "" ? name : bare };
};

/** Whether both have a number in one register, and not the same. */
export const conflict = (a: readonly string[], b: readonly string[]): boolean =>
  a.some((one) => !b.includes(one) && b.some((other) => registerOf(other) === registerOf(one)));
