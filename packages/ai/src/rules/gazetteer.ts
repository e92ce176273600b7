import { caseStems } from "../names/case-stem.ts";

// Small on purpose: names that are frequent in business texts and hardly ever mean anything else.
const russianGivenNames =
  `Александр Алексей Алёна Алина Алиса Алла Анастасия Анатолий Андрей Анна Антон Антонина Аркадий
Арсений Артём Артур Богдан Борис Вадим Валентин Валентина Валерий Валерия Варвара Василий Вера Вероника Виктор Виктория
Виталий Владимир Владислав Вячеслав Галина Геннадий Георгий Герман Глеб Григорий Дарья Денис Диана Дмитрий Евгений Евгения
Егор Екатерина Елена Елизавета Жанна Захар Зинаида Зоя Иван Игорь Илья Инна Ирина Кирилл Клавдия Константин Кристина
Ксения Лариса Лев Леонид Лидия Любовь Людмила Маргарита Марина Мария Матвей Михаил Надежда Наталия Наталья Никита Николай Нина
Оксана Олег Олеся Ольга Павел Пётр Полина Роман Руслан Светлана Семён Сергей София Софья Станислав Степан Сюзанна Таисия Тамара
Тарас Татьяна Тимофей Тимур Ульяна Фёдор Филипп Эдуард Эльвира Юлия Юрий Яков Яна Ярослав
Айдар Айрат Азат Алия Альберт Альбина Ангелина Анжела Ахмед Вениамин Виолетта Всеволод Гульнара Давид Даниил Данил Динара
Ильдар Ильнур Камиль Карина Магомед Марат Мирон Мирослав Платон Равиль Раиса Рамиль Регина Ренат Ринат Римма
Родион Ростислав Рустам Савелий Святослав Фарид Шамиль Эвелина Элина Эльмира`.split(/\s+/);

const englishGivenNames =
  `Aaron Adam Alan Albert Alex Alexander Alice Amanda Amy Andrew Angela Ann Anna Anne Anthony Arthur
Barbara Benjamin Bill Bob Brandon Brian Carl Carol Caroline Catherine Charles Charlotte Chris Christine Christopher Claire
Daniel David Deborah Dennis Diana Donald Dorothy Edward Elena Elizabeth Ellen Emily Emma Eric Eva Frank Gary George Grace
Gregory Hannah Harold Helen Henry Howard Isabel Jack Jacob James Jane Janet Jason Jeffrey Jennifer Jessica Joan John Jonathan
Joseph Joshua Julia Julie Karen Katherine Keith Kenneth Kevin Larry Laura Lawrence Linda Lisa Louis Lucas Lucy Margaret Maria
Marie Martin Mary Matthew Michael Michelle Nancy Natalie Nathan Nicholas Nicole Nora Oliver Olivia Oscar Pamela Patricia
Patrick Paul Peter Philip Rachel Ralph Raymond Rebecca Richard Robert Roger Ronald Ruth Ryan Samantha Samuel Sandra Sarah
Scott Sharon Sofia Sophia Stephanie Stephen Steve Steven Susan Teresa Theodore Thomas Timothy Tom Victoria Vincent Walter
William Zoe`.split(/\s+/);

const places = `Россия|Российская Федерация|РФ|Москва|Санкт-Петербург|Петербург|Новосибирск|Екатеринбург|Казань|Нижний
Новгород|Челябинск|Самара|Омск|Ростов-на-Дону|Уфа|Красноярск|Воронеж|Пермь|Волгоград|Краснодар|Саратов|Тюмень|Тольятти|Ижевск|
Барнаул|Иркутск|Хабаровск|Владивосток|Ярославль|Томск|Калининград|Тула|Рязань|Сочи|Мурманск|Архангельск|Иннополис|Сколково|
Московская область|Ленинградская область|Татарстан|Башкортостан|Сибирь|Урал|Крым|Беларусь|Белоруссия|Минск|Украина|Киев|
Казахстан|Алматы|Астана|Узбекистан|Ташкент|Грузия|Тбилиси|Армения|Ереван|Азербайджан|Баку|Китай|Пекин|Шанхай|Индия|Япония|
Токио|Турция|Стамбул|Германия|Берлин|Мюнхен|Франция|Париж|Италия|Испания|Польша|Варшава|Финляндия|Хельсинки|Великобритания|
Лондон|США|Соединённые Штаты|Нью-Йорк|Сербия|Белград|Кипр|Израиль|Дубай|ОАЭ|Европа|Азия|
Russia|Russian Federation|Moscow|Saint Petersburg|St. Petersburg|Novosibirsk|Yekaterinburg|Kazan|Belarus|Minsk|Ukraine|Kyiv|
Kazakhstan|Almaty|Georgia|Tbilisi|Armenia|Yerevan|China|Beijing|Shanghai|Shenzhen|Hong Kong|India|Mumbai|Bangalore|New Delhi|
Japan|Tokyo|Osaka|South Korea|Seoul|Singapore|Turkey|Istanbul|Germany|Berlin|Munich|Hamburg|Frankfurt|Cologne|France|Paris|
Lyon|Italy|Rome|Milan|Spain|Madrid|Barcelona|Portugal|Lisbon|Poland|Warsaw|Krakow|Czech Republic|Prague|Austria|Vienna|
Switzerland|Zurich|Geneva|Netherlands|Amsterdam|Rotterdam|Belgium|Brussels|Sweden|Stockholm|Norway|Oslo|Denmark|Copenhagen|
Finland|Helsinki|Estonia|Tallinn|Latvia|Riga|Lithuania|Vilnius|United Kingdom|UK|England|Scotland|Edinburgh|London|Manchester|
Ireland|Dublin|United States|USA|US|New York|San Francisco|Los Angeles|Seattle|Boston|Chicago|Austin|Denver|Texas|California|
Silicon Valley|Washington|Canada|Toronto|Vancouver|Montreal|Mexico|Brazil|Australia|Sydney|Melbourne|Israel|Tel Aviv|Dubai|
United Arab Emirates|Serbia|Belgrade|Cyprus|Limassol|Europe|Asia|Africa`
  .split("|")
  .map((name) => name.replace(/\s+/g, " ").trim());

/** Written exactly so. */
export const technologies =
  `PostgreSQL|Postgres|MySQL|MongoDB|SQLite|ClickHouse|Redis|RabbitMQ|Apache Kafka|Kafka|Elasticsearch|
OpenSearch|Kubernetes|Docker|Terraform|Ansible|Linux|Ubuntu|Debian|Windows|macOS|Android|iOS|Python|TypeScript|JavaScript|
Node.js|Golang|Kotlin|Rust|C++|C#|.NET|PHP|React|Angular|Vue.js|Django|FastAPI|Spring Boot|GraphQL|gRPC|REST API|WebSocket|
Supabase|BullMQ|Nginx|Grafana|Prometheus|GitHub|GitLab|Jenkins|Airflow|Apache Spark|Hadoop|TensorFlow|PyTorch|LangChain|
OpenRouter|ChatGPT|GPT-4|Bluetooth|OAuth|JWT|TLS|1С|1С:Предприятие|pgvector|AWS|Azure`
    .split("|")
    .map((name) => name.trim());

const byStems = (names: readonly string[]): ReadonlyMap<string, string> =>
  new Map(names.map((name) => [caseStems(name).join(" "), name]));

/** Case stem → the name in the nominative. */
export const givenNames = byStems([...englishGivenNames, ...russianGivenNames]);

/** Case stems joined by spaces → the name in the nominative. */
export const placeNames = byStems(places);

/** Words of the longest place name, a hyphenated one counting as several. */
export const longestPlace = Math.max(...places.map((name) => caseStems(name).length));

// Capitalised in contracts, headings and at the start of sentences, yet no names.
const ordinaryRussian = `компания фирма организация предприятие общество банк группа холдинг корпорация завод фабрика заказчик
исполнитель подрядчик покупатель продавец поставщик арендатор арендодатель клиент сторона стороны договор соглашение
приложение акт раздел глава статья пункт таблица рисунок директор руководитель президент председатель министр система
платформа сервис продукт проект услуга команда отдел департамент управление служба сотрудник работник работодатель январь
февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь понедельник вторник среда четверг пятница суббота
воскресенье он она оно они мы вы ты я это этот эта эти тот та те все всё каждый наш наша наши ваш ваша их его её кто что
где когда как если при для по на в во с со из от до о об за под над через между однако также поэтому затем после перед
сегодня вчера завтра сейчас теперь здесь там важно внимание итого всего да нет не ни или и а но площадь улица проспект
переулок бульвар шоссе парк река озеро море гора город область район`;

const ordinaryEnglish = `company firm organization organisation enterprise bank group holding corporation customer client supplier
board directors committee chief executive officer vendor contractor buyer seller tenant landlord party parties agreement
contract section chapter article clause table figure
appendix annex director manager president chairman minister system platform service product project team department office
division employee employer user users board management the a an this that these those it its he she they we you i our your
their his her my who what where when why how if in on at by for from to of with without as after before during since until
while although however therefore also then there here and or but nor not no yes all each every some many most any both
another other such new first second third last next today yesterday tomorrow january february march april may june july
august september october november december monday tuesday wednesday thursday friday saturday sunday note warning important
please total overview introduction summary conclusion contents ceo cto cfo coo vp hr it pr faq pdf url id api mr mrs ms dr`;

/** Lower case, ё as е. */
const ordinaryWords: ReadonlySet<string> = new Set(
  `${ordinaryRussian} ${ordinaryEnglish}`.replaceAll("ё", "е").split(/\s+/),
);
const ordinaryStems: ReadonlySet<string> = new Set(
  [...ordinaryWords].filter((word) => word.length > 4).flatMap(caseStems),
);

/** Whether a capitalised word says nothing by its capital. */
export const isOrdinary = (word: string): boolean => {
  const lower = word.toLowerCase().replaceAll("ё", "е");
  if (ordinaryWords.has(lower)) return true;
  const stem = caseStems(lower)[0];
  return stem !== undefined && stem.length > 3 && ordinaryStems.has(stem);
};
