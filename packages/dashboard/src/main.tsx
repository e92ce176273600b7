import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { SessionProvider } from "./session/session.tsx";
import { SignIn } from "./session/sign-in.tsx";
import { LanguageProvider } from "./texts/language.tsx";
import { applyTheme, chosenTheme } from "./theme.ts";
import { ErrorBoundary } from "./ui/error-boundary.tsx";

applyTheme(chosenTheme());

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <LanguageProvider>
    <ErrorBoundary>
      <SessionProvider ask={(props) => <SignIn {...props} />}>
        <App />
      </SessionProvider>
    </ErrorBoundary>
  </LanguageProvider>,
);
