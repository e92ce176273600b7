import type { Field } from "./scanner.ts";
import { atEnd, expect, fail, looksAt, scan, take, takeField, takeJsonPath, takeName } from "./scanner.ts";

export interface OrderTerm {
  readonly field: Field;
  /** Order by a column of an embedded to-one resource. */
  readonly embed: string | undefined;
  readonly direction: "asc" | "desc" | undefined;
  readonly nulls: "first" | "last" | undefined;
}

/** `name.desc.nullslast,author(name).asc` */
export const parseOrder = (text: string): readonly OrderTerm[] => {
  const scanner = scan(text, "order");
  const terms: OrderTerm[] = [];
  do {
    const name = takeName(scanner);
    let field: Field;
    let embed: string | undefined;
    if (looksAt(scanner, "(")) {
      scanner.at += 1;
      embed = name;
      field = takeField(scanner);
      expect(scanner, ")");
    } else {
      field = { column: name, path: takeJsonPath(scanner) };
    }
    const direction = take(scanner, ".asc") ? "asc" : take(scanner, ".desc") ? "desc" : undefined;
    const nulls = take(scanner, ".nullsfirst") ? "first" : take(scanner, ".nullslast") ? "last" : undefined;
    terms.push({ field, embed, direction, nulls });
  } while (take(scanner, ","));
  if (!atEnd(scanner)) fail(scanner, "asc, desc, nullsfirst or nullslast");
  return terms;
};
