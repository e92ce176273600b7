/** What the browser remembers between visits: language and theme, never the key. */
export const kept = (name: string): string | null => {
  try {
    return localStorage.getItem(`gpt-agent.${name}`);
  } catch {
    return null; // A browser that keeps nothing.
  }
};

export const keep = (name: string, value: string): void => {
  try {
    localStorage.setItem(`gpt-agent.${name}`, value);
  } catch {
    // As above: the choice holds until the page is left.
  }
};
