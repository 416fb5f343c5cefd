/** Starts the console: the language first, so that no word is shown twice. */
import "./tokens.css";
import "./base.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError, isSignedOut, UNREACHABLE } from "./api/errors.ts";
import { SESSION } from "./api/session.ts";
import { ToastProvider } from "./components/Toasts.tsx";
import { loadText, preferredLanguage, SpeechProvider } from "./i18n/text.tsx";
import { routerFor } from "./router.tsx";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      networkMode: "always", // the daemon may be on this very machine, whatever the browser thinks of the network
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.code === UNREACHABLE,
    },
    mutations: { networkMode: "always" },
  },
});
const router = routerFor(queries);

// A session that ended somewhere else shows at the first refused question.
queries.getQueryCache().subscribe((event) => {
  if (event.type === "updated" && event.action.type === "error" && isSignedOut(event.action.error)) {
    void queries.invalidateQueries({ queryKey: SESSION.queryKey });
  }
});

const language = preferredLanguage();
const root = document.getElementById("root");
if (!root) throw new Error("the page has no #root");
const text = await loadText(language);
createRoot(root).render(
  <StrictMode>
    <SpeechProvider first={{ language, text }}>
      <QueryClientProvider client={queries}>
        <ToastProvider>
          <RouterProvider router={router} />
        </ToastProvider>
      </QueryClientProvider>
    </SpeechProvider>
  </StrictMode>,
);
