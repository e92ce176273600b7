import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { keep, kept } from "../session/kept.ts";
import { en, type Texts } from "./en.ts";
import { type Formats, makeFormats } from "./formats.ts";
import { ru } from "./ru.ts";

type Language = "en" | "ru";
const dictionaries: Readonly<Record<Language, Texts>> = { en, ru };

interface Spoken {
  readonly texts: Texts;
  readonly formats: Formats;
  /** To the other of the two. */
  readonly switchLanguage: () => void;
}

const preferred = (): Language => {
  const chosen = kept("language");
  if (chosen === "en" || chosen === "ru") return chosen;
  return navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en";
};

const Context = createContext<Spoken | undefined>(undefined);

export const LanguageProvider = ({ children }: { readonly children: ReactNode }): ReactNode => {
  const [language, setLanguage] = useState(preferred);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const spoken = useMemo(
    (): Spoken => ({
      texts: dictionaries[language],
      formats: makeFormats(language),
      switchLanguage: () => {
        const other = language === "en" ? "ru" : "en";
        keep("language", other);
        setLanguage(other);
      },
    }),
    [language],
  );
  return <Context value={spoken}>{children}</Context>;
};

export const useLanguage = (): Spoken => {
  const spoken = useContext(Context);
  if (!spoken) throw new Error("LanguageProvider is missing");
  return spoken;
};

export const useTexts = (): Texts => useLanguage().texts;
