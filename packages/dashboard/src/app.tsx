import { type ComponentType, lazy, type ReactNode, Suspense, useEffect } from "react";
import { DocumentPage } from "./documents/document-page.tsx";
import { DocumentsPage } from "./documents/documents-page.tsx";
import { linkTo, useRoute } from "./route.ts";
import { SearchPage } from "./search/search-page.tsx";
import { useSession } from "./session/session.tsx";
import { useTexts } from "./texts/language.tsx";
import { ErrorBoundary } from "./ui/error-boundary.tsx";
import { Preferences } from "./ui/preferences.tsx";

// What is large or seldom looked at comes when it is asked for.
const GraphPage = lazy(() => import("./graph/graph-page.tsx"));
const CrmPage = lazy(() => import("./crm/crm-page.tsx"));
const WebhooksPage = lazy(() => import("./webhooks/webhooks-page.tsx"));
const FleetPage = lazy(() => import("./fleet/fleet-page.tsx"));

const pages = {
  documents: DocumentsPage,
  search: SearchPage,
  graph: GraphPage,
  crm: CrmPage,
  webhooks: WebhooksPage,
  fleet: FleetPage,
} as const satisfies Readonly<Record<string, ComponentType>>;
type PageName = keyof typeof pages;
const names = Object.keys(pages) as readonly PageName[];

export const App = (): ReactNode => {
  const texts = useTexts();
  const { signOut } = useSession();
  const [first, id, place] = useRoute();
  const current = names.find((name) => name === first) ?? "documents";
  const Page = pages[current];
  useEffect(() => {
    document.title = `${texts.nav[current]} · ${texts.app}`;
  }, [texts, current]);

  return (
    <>
      <a className="skip" href="#content" onClick={focusContent}>
        {texts.skip}
      </a>
      <header className="top">
        <nav aria-label={texts.app}>
          {names.map((name) => (
            <a key={name} href={linkTo(name)} aria-current={name === current ? "page" : undefined}>
              {texts.nav[name]}
            </a>
          ))}
        </nav>
        <Preferences />
        <button type="button" className="plain" onClick={signOut}>
          {texts.signIn.out}
        </button>
      </header>
      <main id="content" tabIndex={-1}>
        <ErrorBoundary key={current}>
          <Suspense fallback={<p role="status">{texts.loading}</p>}>
            {current === "documents" && id !== undefined ? (
              <DocumentPage key={id} documentId={id} place={place} />
            ) : (
              <Page />
            )}
          </Suspense>
        </ErrorBoundary>
      </main>
    </>
  );
};

/** The address belongs to the router, so the jump is made by hand. */
const focusContent = (event: { preventDefault(): void }): void => {
  event.preventDefault();
  document.getElementById("content")?.focus();
};
