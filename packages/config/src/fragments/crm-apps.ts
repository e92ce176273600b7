import { fragment } from "../fragment.ts";
import type { Secret } from "../secret.ts";
import { optional, parsedBy, refuse, secretText } from "../variable.ts";
import type { Refusal, Variable } from "../variable.ts";

const titles = {
  kommo: "Kommo",
  amocrm: "amoCRM",
  bitrix24: "Bitrix24",
  hubspot: "HubSpot",
  pipedrive: "Pipedrive",
  salesforce: "Salesforce",
} as const;
type Provider = keyof typeof titles;
const names = Object.keys(titles) as readonly Provider[];

/** The installation's OAuth app at one CRM. */
interface CrmApp {
  readonly clientId: string;
  readonly clientSecret: Secret;
}

const clientId = parsedBy((text): string | Refusal =>
  /^[\x21-\x7e]+$/.test(text) ? text : refuse("holds a space or a character outside ASCII."),
);

const idVariable = (provider: Provider): Variable<string | undefined> =>
  optional({
    name: `${provider.toUpperCase()}_CLIENT_ID`,
    description: `The installation's OAuth app at ${titles[provider]}; an organisation may use its own instead.`,
    form: "the id that the CRM shows",
    example: "",
    fix: `Copy the id from the app's page at ${titles[provider]}.`,
    schema: clientId,
  });
const secretVariable = (provider: Provider): Variable<Secret | undefined> =>
  optional({
    name: `${provider.toUpperCase()}_CLIENT_SECRET`,
    description: `Secret of the installation's OAuth app at ${titles[provider]}.`,
    form: "the secret that the CRM shows",
    example: "",
    secret: true,
    fix: `Copy the secret from the app's page at ${titles[provider]}.`,
    schema: secretText(),
  });

type Variables = Readonly<Record<`${Provider}Id`, Variable<string | undefined>>> &
  Readonly<Record<`${Provider}Secret`, Variable<Secret | undefined>>>;

const variables = Object.fromEntries(
  names.flatMap((name) => [
    [`${name}Id`, idVariable(name)],
    [`${name}Secret`, secretVariable(name)],
  ]),
) as Variables;

export const crmAppsEnv = fragment({
  variables,
  check: (values, { refuse: report }) => {
    for (const name of names) {
      const [id, secret] = [values[`${name}Id`], values[`${name}Secret`]];
      if ((id === undefined) === (secret === undefined)) continue;
      const missing = `${name.toUpperCase()}_CLIENT_${id === undefined ? "ID" : "SECRET"}`;
      report(missing, "is missing: an OAuth app has both.", "Set both or neither.");
    }
  },
  build: (values): Readonly<Partial<Record<Provider, CrmApp>>> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const [id, secret] = [values[`${name}Id`], values[`${name}Secret`]];
        return id === undefined || secret === undefined ? [] : [[name, { clientId: id, clientSecret: secret }]];
      }),
    ),
});
