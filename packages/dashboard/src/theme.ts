import { keep, kept } from "./session/kept.ts";

export const themes = ["auto", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

export const chosenTheme = (): Theme => themes.find((theme) => theme === kept("theme")) ?? "auto";

/** The style sheet follows `data-theme`; without it, the system. */
export const applyTheme = (theme: Theme): void => {
  keep("theme", theme);
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
};
