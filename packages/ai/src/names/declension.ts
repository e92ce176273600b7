const softOrHushing = /[жшчщц]$/u;

const special: Readonly<Record<string, readonly string[]>> = {
  петр: ["петр", "петра", "петру", "петром", "петре"],
  павел: ["павел", "павла", "павлу", "павлом", "павле"],
  лев: ["лев", "льва", "льву", "львом", "льве"],
  любовь: ["любовь", "любови", "любовью"],
};

/** The forms of a Russian given name in the singular, the nominative first. In lower case, ё as е, like the name. */
export const declensionsOf = (name: string): readonly string[] => {
  const known = special[name];
  if (known) return known;
  const stem = name.slice(0, -1);
  const forms = (...endings: readonly string[]): string[] => [name, ...endings.map((ending) => stem + ending)];
  if (!/^\p{Script=Cyrillic}{2,}$/u.test(name)) return [name];
  if (name.endsWith("ия")) return forms("и", "ю", "ей", "ею");
  if (name.endsWith("я")) return forms("и", "е", "ю", "ей", "ею");
  if (/[гкхжшчщ]а$/u.test(name)) return forms("и", "е", "у", "ой", "ою", "ей", "ею");
  if (name.endsWith("а")) return forms("ы", "е", "у", "ой", "ою");
  if (name.endsWith("ий")) return forms("я", "ю", "ем", "и");
  if (/[йь]$/u.test(name)) return forms("я", "ю", "ем", "е");
  if (/[бвгдзклмнпрстфх]$/u.test(name)) return [name, ...["а", "у", "ом", "е"].map((ending) => name + ending)];
  return softOrHushing.test(name) ? [name, ...["а", "у", "ем", "ом", "е"].map((ending) => name + ending)] : [name];
};
