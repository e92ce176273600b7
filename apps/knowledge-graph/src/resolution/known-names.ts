import { fold, stemOf, wordsOf } from "./words.ts";

/**
 * Names that rules cannot bring together, because nothing in the words says so: countries' short and official names,
 * cities as several languages call them, state bodies and international organisations. One line is one thing. A
 * line is for things of the type before the colon. General knowledge, kept short: what a company means by its own
 * abbreviations stands in its documents.
 */
const lines = `
place: россия | российская федерация | рф | russia | russian federation
place: соединенные штаты | сша | соединенные штаты америки | соединенных штатов | соединенных штатов америки | америка | america | usa | us | united states | united states of america | u.s.a.
place: великобритания | британия | соединенное королевство | united kingdom | great britain | britain | uk
place: ссср | советский союз | союз советских социалистических республик | ussr | soviet union
place: китай | кнр | китайская народная республика | china | people's republic of china | prc
place: кндр | северная корея | north korea | dprk
place: южная корея | республика корея | south korea | republic of korea
place: германия | фрг | германии | germany | deutschland | federal republic of germany
place: чехия | чешская республика | czechia | czech republic
place: белоруссия | беларусь | республика беларусь | belarus
place: молдавия | молдова | республика молдова | moldova
place: киргизия | кыргызстан | киргизская республика | kyrgyzstan
place: туркмения | туркменистан | turkmenistan
place: нидерланды | голландия | netherlands | holland
place: оаэ | объединенные арабские эмираты | uae | united arab emirates
place: юар | южно-африканская республика | south africa | republic of south africa
place: мьянма | бирма | myanmar | burma
place: палестина | палестинские территории | palestine
place: татарстан | республика татарстан | tatarstan
place: башкортостан | башкирия | республика башкортостан | bashkortostan
place: якутия | саха | республика саха | yakutia
place: крым | республика крым | crimea
place: грузия | georgia (country) | republic of georgia | sakartvelo | сакартвело
place: македония | северная македония | north macedonia
place: санкт-петербург | петербург | питер | ленинград | петроград | saint petersburg | st petersburg | st. petersburg | leningrad
place: москва | moscow | moskau | moscou | mosca | moscu
place: киев | киів | kiev | kyiv
place: нью-йорк | new york | new york city | nyc
place: лос-анджелес | los angeles
place: вашингтон | washington | washington dc | washington d.c.
place: лондон | london | londres | londra
place: париж | paris | parigi
place: берлин | berlin | berlino
place: вена | vienna | wien | vienne
place: рим | rome | roma | rom
place: милан | milan | milano | mailand
place: неаполь | naples | napoli | neapel
place: венеция | venice | venezia | venedig | venise
place: флоренция | florence | firenze | florenz
place: турин | turin | torino
place: генуя | genoa | genova | genua | genes
place: мюнхен | munich | munchen | muenchen | monaco di baviera
place: кельн | cologne | koln | koeln | colonia
place: нюрнберг | nuremberg | nurnberg | norimberga
place: ганновер | hanover | hannover
place: франкфурт | франкфурт-на-майне | frankfurt | frankfurt am main | francfort
place: женева | geneva | geneve | genf | ginevra
place: цюрих | zurich | zuerich | zurigo
place: базель | basel | basle | bale | basilea
place: берн | bern | berne | berna
place: прага | prague | praha | prag | praga
place: варшава | warsaw | warszawa | warschau | varsovie | varsavia
place: краков | krakow | cracow | krakau | cracovie
place: вильнюс | vilnius | wilno
place: брюссель | brussels | bruxelles | brussel
place: антверпен | antwerp | antwerpen | anvers
place: гаага | the hague | den haag | la haye
place: копенгаген | copenhagen | kobenhavn | kopenhagen | copenhague
place: гетеборг | gothenburg | goteborg
place: стокгольм | stockholm
place: хельсинки | helsinki | helsingfors
place: лиссабон | lisbon | lisboa | lissabon | lisbonne
place: мадрид | madrid
place: барселона | barcelona
place: севилья | seville | sevilla
place: афины | athens | athina | athenes | atene
place: салоники | thessaloniki | salonica
place: стамбул | istanbul | constantinople | константинополь
place: бухарест | bucharest | bucuresti | bukarest
place: будапешт | budapest
place: белград | belgrade | beograd | belgrad
place: загреб | zagreb | agram
place: любляна | ljubljana | laibach
place: братислава | bratislava | pressburg
place: люксембург | luxembourg | luxemburg
place: пекин | beijing | peking | pekin
place: шанхай | shanghai
place: гонконг | hong kong
place: токио | tokyo | tokio
place: сеул | seoul
place: дели | нью-дели | delhi | new delhi
place: мумбаи | бомбей | mumbai | bombay
place: калькутта | kolkata | calcutta
place: хошимин | ho chi minh city | saigon | сайгон
place: янгон | yangon | rangoon
place: каир | cairo | le caire | kairo
place: иерусалим | jerusalem
place: тель-авив | tel aviv | tel-aviv
place: мехико | mexico city | ciudad de mexico
place: астана | нур-султан | astana | nur-sultan
place: алматы | алма-ата | almaty | alma-ata
place: тбилиси | tbilisi | tiflis | тифлис
place: волгоград | сталинград | volgograd | stalingrad
place: екатеринбург | свердловск | yekaterinburg | ekaterinburg
place: нижний новгород | горький | nizhny novgorod
place: калининград | кенигсберг | kaliningrad | konigsberg
organization: государственная дума | госдума | дума | гд | state duma
organization: совет федерации | совфед | сф
organization: федеральное собрание | федеральное собрание российской федерации
organization: центризбирком | цик | центральная избирательная комиссия
organization: министерство обороны | минобороны | мо
organization: министерство внутренних дел | мвд
organization: министерство иностранных дел | мид
organization: министерство финансов | минфин
organization: министерство юстиции | минюст
organization: министерство культуры | минкультуры
organization: министерство образования | минобразования
organization: министерство образования и науки | минобрнауки
organization: министерство просвещения | минпросвещения
organization: министерство здравоохранения | минздрав
organization: министерство экономического развития | минэкономразвития
organization: министерство энергетики | минэнерго
organization: министерство сельского хозяйства | минсельхоз
organization: министерство транспорта | минтранс
organization: министерство промышленности и торговли | минпромторг
organization: министерство труда | минтруд
organization: министерство по чрезвычайным ситуациям | мчс
organization: федеральная служба безопасности | фсб
organization: федеральная служба охраны | фсо
organization: федеральная налоговая служба | фнс
organization: федеральная антимонопольная служба | фас
organization: федеральная служба исполнения наказаний | фсин
organization: служба внешней разведки | свр
organization: следственный комитет | ск | скр
organization: генеральная прокуратура | генпрокуратура
organization: верховный суд | вс рф
organization: центральный банк | центробанк | цб
organization: банк россии | центральный банк россии | центральный банк российской федерации | цб рф | цб россии | центробанк россии | центробанк рф
organization: роспотребнадзор | федеральная служба по надзору в сфере защиты прав потребителей и благополучия человека
organization: роскомнадзор | федеральная служба по надзору в сфере связи
organization: рособрнадзор | федеральная служба по надзору в сфере образования и науки
organization: кабмин | кабинет министров
organization: организация объединенных наций | оон | united nations | united nations organization | un | uno
organization: европейский союз | евросоюз | ес | european union | eu
organization: североатлантический альянс | нато | организация североатлантического договора | nato | north atlantic treaty organization | north atlantic treaty organisation | north atlantic alliance
organization: всемирная организация здравоохранения | воз | world health organization | world health organisation | who
organization: международный валютный фонд | мвф | international monetary fund | imf
organization: всемирная торговая организация | вто | world trade organization | wto
organization: обсе | организация по безопасности и сотрудничеству в европе | osce
organization: содружество независимых государств | снг | cis
organization: евразийский экономический союз | еаэс | eaeu
organization: коммунистическая партия российской федерации | кпрф
organization: либерально-демократическая партия россии | лдпр
organization: российские железные дороги | ржд
organization: федеральное бюро расследований | фбр | federal bureau of investigation | fbi
organization: центральное разведывательное управление | цру | central intelligence agency | cia
organization: агентство национальной безопасности | анб | national security agency | nsa
organization: национальное управление по аэронавтике и исследованию космического пространства | наса | national aeronautics and space administration | nasa
organization: европейский центральный банк | ецб | european central bank | ecb
organization: международный олимпийский комитет | мок | international olympic committee | ioc
organization: московский государственный университет | мгу
organization: международный уголовный суд | international criminal court | icc
organization: юнеско | unesco | united nations educational, scientific and cultural organization
organization: юнисеф | unicef
organization: твиттер | twitter
organization: фейсбук | facebook
organization: ютуб | youtube
organization: вконтакте | vkontakte | vk | вк
organization: гугл | google
organization: майкрософт | microsoft
organization: яндекс | yandex
organization: газпром | gazprom
organization: сбербанк | сбер | sberbank | sber
`;

const keyOf = (words: readonly string[]): string => words.map(stemOf).join(" ");

/** Bodies that only one country has, by that country: their names mean the same with it and without. */
const homes: readonly (readonly [country: string, bodies: string])[] = [
  [
    "россия",
    `государственная дума | совет федерации | федеральное собрание | федеральная служба безопасности | федеральная служба охраны |
     федеральная налоговая служба | федеральная антимонопольная служба | федеральная служба исполнения наказаний | служба внешней разведки |
     следственный комитет | роспотребнадзор | роскомнадзор | рособрнадзор | росгвардия | российские железные дороги`,
  ],
];

/** Type and stems of a name → what it is known as, and whether only capitals mean it. */
const byKey: ReadonlyMap<string, { readonly known: string; readonly isShort: boolean }> = new Map(
  lines
    .trim()
    .split("\n")
    .flatMap((line) => {
      const [type = "", names = ""] = line.split(/: (.*)/s);
      const all = names.split(" | ").map((name) => wordsOf(fold(name)));
      const known = keyOf(all[0] ?? []);
      return all.map((words) => [`${type} ${keyOf(words)}`, { known, isShort: words.join("").length <= 3 }] as const);
    }),
);

const homeByKey: ReadonlyMap<string, string> = new Map(
  homes.flatMap(([country, bodies]) =>
    bodies.split(/\s*\|\s*/).map((body) => [keyOf(wordsOf(body)), keyOf(wordsOf(country))] as const),
  ),
);

/** The country to which a known body belongs by its very name, as its known key. */
export const homeOf = (key: string): string | undefined => homeByKey.get(key);

/**
 * The key of what a name is known as, if it is well known.
 * @param words of the folded name
 * @param inCapitals two or three letters mean something only in capitals: "ЕС" is the union, "ес" a slip
 */
export const knownAs = (
  type: "place" | "organization",
  words: readonly string[],
  inCapitals: boolean,
): string | undefined => {
  const found = byKey.get(`${type} ${keyOf(words)}`);
  return found === undefined || (found.isShort && !inCapitals) ? undefined : found.known;
};
