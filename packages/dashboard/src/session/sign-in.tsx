import { type ReactNode, type SubmitEvent, useState } from "react";
import { useTexts } from "../texts/language.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { Preferences } from "../ui/preferences.tsx";
import type { SignInProps } from "./session.tsx";

export const SignIn = ({ signIn }: SignInProps): ReactNode => {
  const texts = useTexts();
  const [outcome, setOutcome] = useState<{ readonly refused?: boolean; readonly error?: unknown }>({});
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const key = new FormData(event.currentTarget).get("key");
    if (typeof key !== "string" || key.trim() === "") return;
    setBusy(true);
    try {
      if (!(await signIn(key.trim()))) setOutcome({ refused: true });
    } catch (error) {
      setOutcome({ error });
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <h1>{texts.app}</h1>
      <form className="card" onSubmit={(event) => void submit(event)}>
        <h2>{texts.signIn.title}</h2>
        <label>
          {texts.signIn.key}
          <input
            name="key"
            type="password"
            autoComplete="off"
            spellCheck={false}
            aria-describedby="key-hint"
            aria-invalid={outcome.refused === true}
          />
        </label>
        <p id="key-hint" className="quiet">
          {texts.signIn.hint}
        </p>
        <button type="submit" className="primary" disabled={busy}>
          {texts.signIn.go}
        </button>
        {outcome.refused && <p role="alert">{texts.signIn.refused}</p>}
        {outcome.error !== undefined && <ProblemNote error={outcome.error} />}
      </form>
      <Preferences />
    </main>
  );
};
