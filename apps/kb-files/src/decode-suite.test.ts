import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";
import { decodeText } from "./decode.ts";

const long = {
  russian:
    "Настоящий договор заключён между обществом с ограниченной ответственностью и индивидуальным предпринимателем. " +
    "Поставщик обязуется передать товар в течение десяти рабочих дней, а покупатель принять его и оплатить.",
  mixed:
    "Сервис Search API отвечает за 20 ms, если index уже прогрет. Error 404 значит, что document не найден; " +
    "тогда вызовите reindex и повторите запрос через 5 minutes. Подробности смотрите в README.md на GitHub.",
  french:
    "Le contrat a été signé à l'hôtel de ville; les parties ont décidé de prolonger la durée des travaux jusqu'à l'été " +
    "prochain, malgré les difficultés rencontrées près de la forêt et du château.",
  german:
    "Die Geschäftsführung erklärt, dass die Prüfung der Bücher abgeschlossen ist. Größere Änderungen müssen künftig " +
    "schriftlich bestätigt werden; mündliche Absprachen genügen nicht.",
  spanish:
    "El niño pequeño corrió mañana tras mañana por el camión rojo; después de la excursión, su compañera señaló que " +
    "también había árboles más jóvenes detrás de la montaña.",
  polish:
    "Zażółć gęślą jaźń. Umowa została zawarta między spółką a przedsiębiorcą; płatność nastąpi w ciągu czternastu dni, " +
    "chyba że strony postanowią inaczej w odrębnym porozumieniu na piśmie.",
  czech:
    "Příliš žluťoučký kůň úpěl ďábelské ódy. Smlouva byla uzavřena mezi společností a podnikatelem; platba proběhne do " +
    "čtrnácti dnů, pokud se strany nedohodnou jinak.",
  euro: "Le prix de l'œuvre passe à 25 € dès le début de l'été; le cœur du marché reste fidèle à l'élève de Zoë, très âgé.",
  english:
    "The quick brown fox jumps over the lazy dog, and the naïve café owner serves a jalapeño soufflé to the fiancée.",
};
const short = ["Привет, мир!", "Счёт на оплату", "Договор поставки № 15", "ИНН 7701234567, Москва", "Акт сверки"];
const table = "Имя;Город;Сумма\r\nИванов;Москва;1200\r\nПетрова;Казань;830\r\nСидоров;Омск;415\r\n";
const subtitle =
  "1\r\n00:00:01,000 --> 00:00:03,000\r\nДоброе утро!\r\n\r\n2\r\n00:00:04,000 --> 00:00:06,000\r\nКак спалось?\r\n";

interface Sample {
  readonly label: string;
  readonly encoding: string;
  readonly text: string;
  readonly bytes: Buffer;
}
const sample = (label: string, encoding: string, text: string, addBOM = false): Sample => ({
  label,
  encoding,
  text,
  bytes: iconv.encode(text, encoding, { addBOM }),
});

const unicode = ["utf-8", "utf-16le", "utf-16be", "utf-32le", "utf-32be"];
const cyrillic = ["windows-1251", "koi8-r", "cp866", "iso-8859-5", "maccyrillic"];
const samples: readonly Sample[] = [
  ...unicode.flatMap((encoding) => [
    ...["russian", "mixed", "english"].map((key) => sample(key, encoding, long[key as keyof typeof long])),
    sample("Russian with a mark", encoding, long.russian, true),
    sample("short with a mark", encoding, short[0] ?? "", true),
    sample("short", encoding, short[2] ?? ""),
    sample("CSV", encoding, table),
  ]),
  ...cyrillic.flatMap((encoding) => [
    sample("prose", encoding, long.russian),
    sample("capitals", encoding, long.russian.toUpperCase()),
    sample("mixed", encoding, long.mixed),
    sample("CSV", encoding, table),
    sample("subtitles", encoding, subtitle),
    // koi8-r has no №.
    ...short.map((text) => sample(text, encoding, encoding === "koi8-r" ? text.replace("№", "N") : text)),
  ]),
  ...(["french", "german", "spanish", "english"] as const).flatMap((key) =>
    ["windows-1252", "iso-8859-1"].map((encoding) => sample(key, encoding, long[key])),
  ),
  sample("Polish", "iso-8859-2", long.polish),
  sample("Czech", "iso-8859-2", long.czech),
  sample("Polish", "windows-1250", long.polish),
  sample("euro and œ", "iso-8859-15", long.euro),
  sample("euro and œ", "windows-1252", long.euro),
];

const outcomes = await Promise.all(samples.map(async (each) => ({ ...each, decoded: await decodeText(each.bytes) })));
const isRight = ({ text, decoded }: (typeof outcomes)[number]): boolean => decoded.text === text;
const wrong = outcomes
  .filter((each) => !isRight(each))
  .map(({ label, encoding, decoded }) => `${encoding}, ${label}: read as ${decoded.encoding}`);
const right = outcomes.length - wrong.length;

describe(`encodings: ${right} of ${outcomes.length} samples right (${((100 * right) / outcomes.length).toFixed(1)} %)`, () => {
  test("at least 60 samples, at least 98 % right", () => {
    expect(outcomes.length).toBeGreaterThanOrEqual(60);
    // The list first, so that a failure names the samples.
    if (right / outcomes.length < 0.98) expect(wrong).toEqual([]);
    expect(right / outcomes.length).toBeGreaterThanOrEqual(0.98);
  });

  test("UTF-8 and windows-1251 above 100 characters: all right", () => {
    const sure = outcomes.filter(({ encoding, text }) => /^(utf-8|windows-1251)$/.test(encoding) && text.length > 100);
    expect(sure.length).toBeGreaterThanOrEqual(7);
    expect(sure.filter((each) => !isRight(each)).map(({ label }) => label)).toEqual([]);
  });
});
