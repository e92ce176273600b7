import { expect, test } from "vitest";
import { documents, makePlace, publish, search, supabase } from "./fixture.ts";

const warranty = "Гарантийный срок составляет 24 месяца. Гарантия действует на территории России.";
const delivery = "Доставка товара занимает несколько рабочих дней.";
const english = "The warranty covers manufacturing defects for two years.";
const tree = "Ёлочные игрушки продаются зимой.";
const part = "Запасная часть ACME-4711 заменяется за 3 дня.";

const library = async () => {
  const place = await makePlace();
  const leased = await publish(place, [warranty, delivery, english, tree, part]);
  const ask = async (query: string) =>
    (await search.hybrid({ orgId: place.orgId, query, limit: 5 })).map(({ content }) => content);
  return { place, leased, ask };
};

test("a question in a whole sentence finds its passage, though not all of its words are there", async () => {
  const { ask } = await library();
  expect((await ask("Сколько месяцев действует гарантия?"))[0]).toBe(warranty);
  expect((await ask("How long does the warranty last?"))[0]).toBe(english);
  expect((await ask("Сколько дней идёт доставка?"))[0]).toBe(delivery);
});

test.each([
  ["гарантией", warranty],
  ["территориях", warranty],
  ["доставку товаров", delivery],
  ["елочная игрушка", tree],
  ["ёлочных", tree],
  ["covering a defect", english],
  ["4711", part],
  ["acme-4711", part],
  ["ГАРАНТИЙНОГО СРОКА", warranty],
])("any inflection, either letter ё, any case, parts of codes: %s", async (query, expected) => {
  const { ask } = await library();
  expect((await ask(query))[0]).toBe(expected);
});

test("words are found that the database's parser would swallow: in codes, paths, numbers and tags", async () => {
  const place = await makePlace();
  const passages = {
    lease: "Договор № АБ-123/4 от 17/2025-П.Стороны согласны.",
    cold: "Хранить при температуре -40 градусов.",
    price: "Арендная плата составляет 1\u00A0378 000,50 рублей.",
    protocol: "Обмен идёт по TCP/IP через Node.js.",
    generic: "The function returns Vec<String> where a<b.",
    phone: "Телефон +7 495 123-45-67.",
  };
  await publish(place, Object.values(passages));
  const first = async (query: string) =>
    (await search.hybrid({ orgId: place.orgId, query, limit: 5 })).map(({ content }) => content)[0];
  expect(await first("АБ-123")).toBe(passages.lease);
  expect(await first("17/2025-п")).toBe(passages.lease);
  expect(await first("стороны")).toBe(passages.lease);
  expect(await first("-40")).toBe(passages.cold);
  expect(await first("1378000")).toBe(passages.price);
  expect(await first("1 378 000")).toBe(passages.price);
  expect(await first("IP")).toBe(passages.protocol);
  expect(await first("node")).toBe(passages.protocol);
  expect(await first("String")).toBe(passages.generic);
  expect(await first("8 (495) 123 45 67")).toBe(passages.phone);
});

test("a word that stands nowhere is found where it begins another", async () => {
  const place = await makePlace();
  const passages = ["Авансовый платёж вносится сразу.", "Гарантийный ремонт.", "Гарантия банка."];
  await publish(place, passages);
  const ask = async (query: string) =>
    (await search.hybrid({ orgId: place.orgId, query, limit: 5 })).map(({ content }) => content);
  expect(await ask("аванс")).toEqual([passages[0]]);
  expect(await ask("какой аванс")).toEqual([passages[0]]);
  expect(await ask("гарантию")).toEqual([passages[2]]);
  expect(await ask("расписка")).toEqual([]);
});

test("in a question, quotation marks and a small or are no operators", async () => {
  const { ask } = await library();
  expect((await ask('Сколько составляет "срок гарантийный" по договору?'))[0]).toBe(warranty);
  expect((await ask("Are the defects or the scratches covered?"))[0]).toBe(english);
});

test("operators mean what they say", async () => {
  const { ask } = await library();
  expect(await ask("доставка OR гарантия")).toHaveLength(2);
  expect(await ask('"рабочих дней"')).toEqual([delivery]);
  expect(await ask('"дней рабочих"')).toEqual([]);
  expect(await ask("срок -гарантийный")).toEqual([]);
});

test.each(["", "   ", "и в на", "?!…", "'; drop table chunks; --", "\\", "a:b & !", '"', "<->"])(
  "nothing to find is no error: %j",
  async (query) => {
    const { place } = await library();
    await expect(search.hybrid({ orgId: place.orgId, query, limit: 5 })).resolves.toBeInstanceOf(Array);
  },
);

test("all words go before some words", async () => {
  const place = await makePlace();
  await publish(place, ["Договор поставки. Договор. Договор.", "Договор аренды склада", "Аренда машины"]);
  const hits = await search.hybrid({ orgId: place.orgId, query: "аренда склада по договору", limit: 5 });
  expect(hits[0]).toMatchObject({
    content: "Договор аренды склада",
    textRank: 1,
    textScore: 1,
    vectorRank: null,
    score: 1,
  });
  expect(hits).toHaveLength(3);
  expect(hits.slice(1).every(({ textScore }) => textScore !== null && textScore < 1)).toBe(true);
});

test("a heading counts, and is not part of the quote", async () => {
  const place = await makePlace();
  await publish(place, ["Составляет два года."], {
    contextHeader: "Гарантия › Срок",
    headingPath: ["Гарантия", "Срок"],
    pageFrom: 7,
    pageTo: 8,
    sheet: "Сроки",
    rowFrom: 5,
    rowTo: 9,
  });
  const [hit] = await search.hybrid({ orgId: place.orgId, query: "срок гарантии", limit: 1 });
  expect(hit).toMatchObject({
    content: "Составляет два года.",
    contextHeader: "Гарантия › Срок",
    headingPath: ["Гарантия", "Срок"],
    pageFrom: 7,
    pageTo: 8,
    sheet: "Сроки",
    rowFrom: 5,
    rowTo: 9,
    charStart: 0,
    charEnd: 20,
    documentName: "договор.txt",
  });
});

test("two lists, fused by rank: what is first in both has score 1; ties have one order", async () => {
  const place = await makePlace();
  const towards: Record<string, number[]> = { кошка: [1, 0, 0], тигр: [0.9, 0.1, 0], пёс: [0, 1, 0] };
  await publish(place, Object.keys(towards), {}, (text) => towards[text] ?? [0, 0, 1]);
  const ask = (query: string) =>
    search.hybrid({ orgId: place.orgId, query, vector: [1, 0, 0], profileId: place.profile.id, limit: 5 });
  const hits = await ask("кошки");
  expect(hits.map(({ content, vectorRank, textRank }) => [content, vectorRank, textRank])).toEqual([
    ["кошка", 1, 1],
    ["тигр", 2, null],
  ]);
  expect(hits[0]).toMatchObject({ score: 1, similarity: 1, textScore: 1 });
  expect(hits[1]?.score).toBeCloseTo((1 / 62) * (61 / 2));
  const both = await ask("пёс");
  expect(both.map(({ content }) => content)).toEqual(["кошка", "пёс", "тигр"]);
  expect(await ask("пёс")).toEqual(both);
  expect(
    await search.hybrid({
      orgId: place.orgId,
      query: "пёс",
      vector: [1, 0, 0],
      profileId: place.profile.id,
      limit: 5,
      minScore: 0.499,
    }),
  ).toHaveLength(2);
});

test("a zero vector is stored and never found by meaning", async () => {
  const place = await makePlace();
  await publish(place, ["пусто"], {}, () => [0, 0, 0]);
  const ask = (query: string) =>
    search.hybrid({ orgId: place.orgId, query, vector: [1, 0, 0], profileId: place.profile.id, limit: 5 });
  expect(await ask("иное")).toEqual([]);
  expect(await ask("пусто")).toHaveLength(1);
});

test("a scope is kept: one document, one knowledge base, one organisation", async () => {
  const { place, leased } = await library();
  const other = await publish(place, ["Гарантия на другой товар"]);
  const within = async (scope: object) =>
    (await search.hybrid({ orgId: place.orgId, query: "гарантия", limit: 9, ...scope })).map(
      ({ documentId }) => documentId,
    );
  expect(new Set(await within({}))).toEqual(new Set([leased.documentId, other.documentId]));
  expect(await within({ documentId: other.documentId })).toEqual([other.documentId]);
  expect(await within({ knowledgeBaseId: crypto.randomUUID() })).toEqual([]);
  expect(await within({ orgId: crypto.randomUUID() })).toEqual([]);
});

test("what is being deleted is not found", async () => {
  const { leased, ask } = await library();
  await documents.beginDelete(leased);
  expect(await ask("гарантия")).toEqual([]);
});

test("a language without a dictionary is found by its words as they stand", async () => {
  const place = await makePlace();
  await publish(place, ["Die Lieferung erfolgt in Köln"], { language: "simple" });
  expect(await search.hybrid({ orgId: place.orgId, query: "lieferung köln", limit: 1 })).toHaveLength(1);
});

test("one question in two languages finds the passages of both", async () => {
  const { ask } = await library();
  expect(new Set((await ask("warranty гарантия")).slice(0, 2))).toEqual(new Set([english, warranty]));
});

test("documents are chosen by their metadata: keys and values, as deep as they go", async () => {
  const place = await makePlace();
  const { documentId } = await publish(place, [warranty]);
  await publish(place, ["Гарантия на другой товар"]);
  const metadata = { отдел: "право", год: { от: 2024, до: 2026 }, метки: ["а", "б"] };
  await supabase.from("documents").update({ metadata }).eq("id", documentId);
  const within = async (wanted: Record<string, unknown>, vector?: readonly number[]) =>
    (
      await search.hybrid({
        orgId: place.orgId,
        knowledgeBaseId: place.base.id,
        query: "гарантия",
        metadata: wanted,
        vector,
        profileId: place.profile.id,
        limit: 9,
      })
    ).map(({ content }) => content);
  for (const vector of [undefined, [1, 1, 1]]) {
    expect(await within({ отдел: "право" }, vector)).toEqual([warranty]);
    expect(await within({ год: { от: 2024 }, метки: ["б"] }, vector)).toEqual([warranty]);
    expect(await within({ отдел: "склад" }, vector)).toEqual([]);
    expect(await within({}, vector)).toHaveLength(2);
  }
});

test("what is less similar than asked for is not found by meaning, and still is by words", async () => {
  const place = await makePlace();
  const towards: Record<string, number[]> = { кошка: [1, 0, 0], тигр: [0.5, 0.8, 0] };
  await publish(place, Object.keys(towards), {}, (text) => towards[text] ?? [0, 0, 1]);
  const ask = async (query: string) =>
    (
      await search.hybrid({
        orgId: place.orgId,
        query,
        vector: [1, 0, 0],
        profileId: place.profile.id,
        limit: 5,
        minSimilarity: 0.9,
      })
    ).map(({ content, vectorRank, textRank }) => [content, vectorRank, textRank]);
  expect(await ask("собака")).toEqual([["кошка", 1, null]]);
  expect(await ask("тигры")).toEqual([
    ["кошка", 1, null],
    ["тигр", null, 1],
  ]);
});

test.each([
  ["гарантией", ["Гарантия"], warranty],
  ["срок гарантии", ["срок", "Гарантия"], warranty],
  ["ёлочной игрушкой", ["Ёлочные", "игрушки"], tree],
  ["игрушка елочная", ["Ёлочные", "игрушки"], tree],
  ["manufactured defect", ["manufacturing", "defects"], english],
  ["acme-4711", ["ACME", "4711"], part],
])("the words of %s are marked where they stand, in their inflection", async (query, expected, passage) => {
  const { place } = await library();
  const hits = await search.hybrid({ orgId: place.orgId, query, limit: 5, highlight: true });
  const found = hits.find(({ content }) => content === passage);
  const marked = found?.highlights.map(({ charStart, charEnd }) => [...passage].slice(charStart, charEnd).join(""));
  expect(marked).toEqual(expected);
});

test("the passages around a hit: of its own published version, in their order", async () => {
  const place = await makePlace();
  const { orgId, documentId } = await publish(place, ["ноль", "один", "два", "три", "четыре"]);
  await publish(place, ["чужой ноль", "чужой один"]);
  await documents.reprocess({ orgId, documentId });
  const [hit] = await search.hybrid({ orgId, documentId, query: "два", limit: 1 });
  const around = await search.neighbours({ orgId, chunkIds: [hit?.chunkId ?? 0], count: 2 });
  expect(around.map(({ distance, content }) => [distance, content])).toEqual([
    [-2, "ноль"],
    [-1, "один"],
    [1, "три"],
    [2, "четыре"],
  ]);
});
