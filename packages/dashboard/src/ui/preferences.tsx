import { type ReactNode, useState } from "react";
import { useLanguage } from "../texts/language.tsx";
import { applyTheme, chosenTheme, type Theme, themes } from "../theme.ts";

/** Language and theme. */
export const Preferences = (): ReactNode => {
  const { texts, switchLanguage } = useLanguage();
  const [theme, setTheme] = useState(chosenTheme);
  const choose = (next: Theme): void => {
    applyTheme(next);
    setTheme(next);
  };
  return (
    <div className="row preferences">
      <button type="button" className="plain" onClick={switchLanguage}>
        {texts.language}
      </button>
      <select aria-label={texts.theme.label} value={theme} onChange={(event) => choose(event.target.value as Theme)}>
        {themes.map((one) => (
          <option key={one} value={one}>
            {texts.theme[one]}
          </option>
        ))}
      </select>
    </div>
  );
};
