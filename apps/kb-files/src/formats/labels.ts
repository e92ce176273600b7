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
const sampleLength = 5_000;

/** Russian where at least half of the letters are Cyrillic. */
export const labelsFor = (texts: Iterable<string>): Labels => {
  let cyrillic = 0;
  let latin = 0;
  let left = sampleLength;
  for (const text of texts) {
    const end = Math.min(text.length, left);
    for (let at = 0; at < end; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit >= 0x400 && unit <= 0x52f) cyrillic += 1;
      // Both cases of A to Z, then the letters with marks.
      else if (((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a) || (unit >= 0xc0 && unit <= 0x24f)) latin += 1;
    }
    left -= end;
    if (left === 0) break;
  }
  return cyrillic > 0 && cyrillic >= latin ? russian : english;
};
