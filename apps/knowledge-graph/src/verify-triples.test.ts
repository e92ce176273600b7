import fc from "fast-check";
import { expect, test } from "vitest";
import { foldName } from "./relation-fault.ts";
import { verifyTriples, type Triple } from "./verify-triples.ts";

const relations = [
  "director",
  "cast member",
  "publication date",
  "languages spoken, written or signed",
  "award received",
];
const text = "Premutos is a 1997 film directed by Olaf Ittenbach; Russian dub: «Премутос».";

test("keeps what the text bears out, with the ontology's labels, once", () => {
  const kept: Triple = ["Premutos", "director", "Olaf Ittenbach"];
  expect(verifyTriples(text, relations, [kept, ["Premutos", "Director", "Olaf Ittenbach "]])).toEqual({
    kept: [kept],
    rejected: [],
  });
  expect(verifyTriples(text, relations, [["Премутос", "_written_or_signed", "Russian"]]).kept).toEqual([
    ["Премутос", "languages spoken, written or signed", "Russian"],
  ]);
  expect(verifyTriples(text, relations, [["Premutos", "publication date", "01 January 1997"]]).kept).toHaveLength(1);
});

test.each<[string, Triple]>([
  ["predicate_unknown", ["Premutos", "composer", "Olaf Ittenbach"]],
  ["endpoint_not_near_quote", ["Premutos", "director", "Peter Jackson"]],
  ["endpoint_not_near_quote", ["The Hobbit", "director", "Olaf Ittenbach"]],
  ["endpoint_not_a_name", ["The film", "director", "Olaf Ittenbach"]],
  ["endpoint_not_a_name", ["Premutos", "award received", "award"]],
  ["endpoints_overlap", ["Olaf Ittenbach", "director", "Olaf"]],
  ["self_relation", ["Premutos", "director", "premutos"]],
  ["range", ["Premutos", "publication date", "Olaf Ittenbach"]],
  ["range", ["Premutos", "director", "1997"]],
])("rejects, with the reason %s: %j", (reason, triple) => {
  expect(verifyTriples(text, relations, [triple])).toEqual({ kept: [], rejected: [{ triple, reason }] });
});

test("a subject may be implied where the text refers back to it, for one relation to a name", () => {
  const stars = "The film stars Roy Scheider and Helen Mirren.";
  const claim: Triple = ["Seaquest", "cast member", "Helen Mirren"];
  expect(verifyTriples(stars, relations, [claim]).kept).toEqual([claim]);
  expect(verifyTriples(stars, relations, [claim, ["Seaquest", "director", "Helen Mirren"]]).kept).toEqual([]);
});

test("Russian names in any case ending", () => {
  const claim: Triple = ["Анна Иванова", "руководитель", "Ромашка"];
  expect(verifyTriples("Анной Ивановой основана «Ромашка».", ["руководитель"], [claim]).kept).toEqual([claim]);
});

test("every claim is kept or rejected, and what is kept names its object in the text", () => {
  const word = fc.constantFrom(
    "Premutos",
    "Olaf",
    "film",
    "directed",
    "1997",
    "director",
    "",
    "«",
    "\uD800",
    "Премутос",
  );
  const phrase = fc.array(word, { maxLength: 4 }).map((words) => words.join(" "));
  const triples = fc.array(fc.tuple(phrase, fc.oneof(phrase, fc.constantFrom(...relations)), phrase), { maxLength: 8 });
  fc.assert(
    fc.property(phrase, triples, (sentence, claimed) => {
      const { kept, rejected } = verifyTriples(sentence, relations, claimed);
      const keys = new Set(kept.map((triple) => triple.map(foldName).join("|")));
      expect(keys.size).toBe(kept.length);
      expect(kept.length + rejected.length).toBeLessThanOrEqual(claimed.length);
      if (claimed.length > 0) expect(kept.length + rejected.length).toBeGreaterThan(0);
      for (const [, predicate, object] of kept) {
        expect(relations).toContain(predicate);
        expect(foldName(sentence)).toContain(foldName(object));
      }
    }),
  );
});
