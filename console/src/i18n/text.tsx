/** The words of the interface in the language in use. A key that one language lacks is a type error. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import type { Text } from "./en.ts";
import { type Format, formatFor } from "./format.ts";

export type Language = "en" | "zh";

export const LANGUAGES: Readonly<Record<Language, { tag: string; own: string }>> = {
  en: { tag: "en", own: "English" },
  zh: { tag: "zh-CN", own: "简体中文" },
};

const STORED = "nacre.language";
const LOADERS: Readonly<Record<Language, () => Promise<Text>>> = {
  en: async () => (await import("./en.ts")).en,
  zh: async () => (await import("./zh.ts")).zh,
};

interface Speech {
  readonly text: Text;
  readonly format: Format;
  readonly language: Language;
  readonly speak: (language: Language) => void;
}

const SpeechContext = createContext<Speech | null>(null);

/** The language chosen before, else the first of the browser's that we have. */
export function preferredLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === "en" || stored === "zh") return stored;
  const wanted = navigator.languages.find((tag) => /^(en|zh)\b/.test(tag)) ?? "en";
  return wanted.startsWith("zh") ? "zh" : "en";
}

export function loadText(language: Language): Promise<Text> {
  return LOADERS[language]();
}

export function SpeechProvider(props: { first: { language: Language; text: Text }; children: ReactNode }) {
  const [spoken, setSpoken] = useState(props.first);
  const { language, text } = spoken;

  useEffect(() => {
    document.documentElement.lang = LANGUAGES[language].tag;
  }, [language]);

  const speech = useMemo<Speech>(
    () => ({
      text,
      language,
      format: formatFor(LANGUAGES[language].tag),
      speak: (next) => {
        localStorage.setItem(STORED, next);
        void loadText(next).then((loaded) => setSpoken({ language: next, text: loaded }));
      },
    }),
    [text, language],
  );
  return <SpeechContext value={speech}>{props.children}</SpeechContext>;
}

export function useText(): Text {
  return useSpeech().text;
}

export function useFormat(): Format {
  return useSpeech().format;
}

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext);
  if (!speech) throw new Error("useText outside of SpeechProvider");
  return speech;
}
