const russian = {
  slide: "Слайд",
  hidden: "скрытый слайд",
  notes: "Заметки докладчика",
  from: "От кого",
  to: "Кому",
  copy: "Копия",
  date: "Дата",
  noSubject: "Без темы",
};

/** Words that a reader adds, in the language of the document they stand in. */
export type Labels = Readonly<typeof russian>;

const english: Labels = {
  slide: "Slide",
  hidden: "hidden slide",
  notes: "Speaker notes",
  from: "From",
  to: "To",
  copy: "Cc",
  date: "Date",
  noSubject: "No subject",
};

/** A text shows its language early. */
const sampleLength = 20_000;

/** Russian where at least half of the letters are Cyrillic. */
export const labelsFor = (whole: string): Labels => {
  const text = whole.slice(0, sampleLength);
  const cyrillic = text.match(/\p{Script=Cyrillic}/gu)?.length ?? 0;
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0;
  return cyrillic > 0 && cyrillic >= latin ? russian : english;
};
