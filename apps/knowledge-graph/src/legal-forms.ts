// Russian forms and those of the countries whose companies turn up most, as words of a folded name.
const legalForms = new Set(
  `ооо оао пао зао нао ао ип ано нко фгуп фгбу фгбоу гуп муп тоо гк нпо сро одо
   inc llc ltd limited corp corporation co company gmbh ag se sa sas sarl spa srl plc llp lp bv nv oy ab as kg`.split(
    /\s+/,
  ),
);
const spelledOutForms =
  /общество с ограниченной ответственностью|(?:публичное |непубличное |закрытое |открытое )?акционерное общество|индивидуальный предприниматель/gu;

/**
 * A folded name without "ООО", "Inc" and their like: "ооо ромашка" → "ромашка". A name that is nothing else stays: "компания АО",
 * "se".
 */
export const withoutLegalForm = (folded: string): string => {
  const words = folded
    .replaceAll(spelledOutForms, " ")
    .split(/\s+/)
    .filter((word) => word !== "");
  const rest = words.filter((word) => !legalForms.has(word.replaceAll(/[^\p{L}]/gu, "")));
  return (rest.length > 0 ? rest : words).join(" ");
};
