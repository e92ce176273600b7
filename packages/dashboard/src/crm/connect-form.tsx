import type { CrmConnection } from "@gpt-agent/client";
import type { ReactNode, SubmitEvent } from "react";
import { useClient } from "../session/session.tsx";
import { useTexts } from "../texts/language.tsx";
import { ProblemNote } from "../ui/problem-note.tsx";
import { useAction } from "../ui/use-loaded.ts";

const providers: readonly CrmConnection["provider"][] = [
  "kommo",
  "amocrm",
  "bitrix24",
  "hubspot",
  "pipedrive",
  "salesforce",
];

const textOf = (form: FormData, name: string): string => {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
};

export const ConnectForm = ({ onCreated }: { readonly onCreated: () => void }): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const { busy, error, run } = useAction();
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void run(async () => {
      const provider = textOf(form, "provider") as CrmConnection["provider"];
      const policy = textOf(form, "policy") as CrmConnection["policy"];
      await client.createCrmConnection({ provider, policy, name: textOf(form, "name") || provider });
      onCreated();
    });
  };
  return (
    <details className="card">
      <summary>{texts.crm.add}</summary>
      <form className="row" onSubmit={submit}>
        <label>
          {texts.crm.provider}{" "}
          <select name="provider">
            {providers.map((provider) => (
              <option key={provider}>{provider}</option>
            ))}
          </select>
        </label>
        <label>
          {texts.crm.name} <input name="name" />
        </label>
        <label>
          {texts.crm.policy}{" "}
          <select name="policy">
            {Object.entries(texts.crm.policies).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="primary" disabled={busy}>
          {texts.crm.create}
        </button>
        {error !== undefined && <ProblemNote error={error} />}
      </form>
    </details>
  );
};

/** The CRM brings the person back to the API, which stores the tokens. */
export const SignInAtCrm = ({ connectionId }: { readonly connectionId: string }): ReactNode => {
  const texts = useTexts();
  const client = useClient();
  const { busy, error, run } = useAction();
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const account = textOf(new FormData(event.currentTarget), "account");
    void run(async () => {
      const { url } = await client.startCrmOAuth({ connectionId, ...(account !== "" && { account }) });
      location.assign(url);
    });
  };
  return (
    <form className="row" onSubmit={submit}>
      <label>
        {texts.crm.account} <input name="account" placeholder="company.bitrix24.ru" />
      </label>
      <button type="submit" disabled={busy}>
        {texts.crm.oauth}
      </button>
      {error !== undefined && <ProblemNote error={error} />}
    </form>
  );
};
