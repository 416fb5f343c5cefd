/** The language of a file by its name; each is fetched when a file of it is first opened. */

import type { Extension } from "@codemirror/state";

type Loader = () => Promise<Extension>;

const javascript = (config: { jsx?: boolean; typescript?: boolean }): Loader => {
  return async () => (await import("@codemirror/lang-javascript")).javascript(config);
};
const cpp: Loader = async () => (await import("@codemirror/lang-cpp")).cpp();
const css: Loader = async () => (await import("@codemirror/lang-css")).css();
const html: Loader = async () => (await import("@codemirror/lang-html")).html();
const json: Loader = async () => (await import("@codemirror/lang-json")).json();
const markdown: Loader = async () => (await import("@codemirror/lang-markdown")).markdown();
const python: Loader = async () => (await import("@codemirror/lang-python")).python();
const xml: Loader = async () => (await import("@codemirror/lang-xml")).xml();
const yaml: Loader = async () => (await import("@codemirror/lang-yaml")).yaml();

const sql: Loader = async () => {
  const { PostgreSQL, sql } = await import("@codemirror/lang-sql");
  return sql({ dialect: PostgreSQL });
};
const shell: Loader = async () => {
  const [{ StreamLanguage }, { shell }] = await Promise.all([
    import("@codemirror/language"),
    import("@codemirror/legacy-modes/mode/shell"),
  ]);
  return StreamLanguage.define(shell);
};
const toml: Loader = async () => {
  const [{ StreamLanguage }, { toml }] = await Promise.all([
    import("@codemirror/language"),
    import("@codemirror/legacy-modes/mode/toml"),
  ]);
  return StreamLanguage.define(toml);
};
const dockerfile: Loader = async () => {
  const [{ StreamLanguage }, { dockerFile }] = await Promise.all([
    import("@codemirror/language"),
    import("@codemirror/legacy-modes/mode/dockerfile"),
  ]);
  return StreamLanguage.define(dockerFile);
};

const BY_EXTENSION: Readonly<Record<string, Loader>> = {
  c: cpp,
  cc: cpp,
  cpp,
  h: cpp,
  hpp: cpp,
  css,
  scss: css,
  less: css,
  go: async () => (await import("@codemirror/lang-go")).go(),
  htm: html,
  html,
  java: async () => (await import("@codemirror/lang-java")).java(),
  cjs: javascript({}),
  js: javascript({ jsx: true }),
  jsx: javascript({ jsx: true }),
  mjs: javascript({}),
  cts: javascript({ typescript: true }),
  mts: javascript({ typescript: true }),
  ts: javascript({ typescript: true }),
  tsx: javascript({ jsx: true, typescript: true }),
  json,
  jsonc: json,
  webmanifest: json,
  markdown,
  md: markdown,
  php: async () => (await import("@codemirror/lang-php")).php(),
  py: python,
  pyi: python,
  rs: async () => (await import("@codemirror/lang-rust")).rust(),
  bash: shell,
  sh: shell,
  zsh: shell,
  sql,
  toml,
  vue: async () => (await import("@codemirror/lang-vue")).vue(),
  svg: xml,
  xml,
  yaml,
  yml: yaml,
};

const BY_NAME: Readonly<Record<string, Loader>> = {
  ".babelrc": json,
  ".bash_profile": shell,
  ".bashrc": shell,
  ".env": shell,
  ".profile": shell,
  dockerfile,
  "uv.lock": toml,
  "poetry.lock": toml,
  "cargo.lock": toml,
}; // prettier-ignore

/** Loads the language of a file; nothing for those that are shown as plain text. */
export async function languageFor(path: string): Promise<Extension> {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const extension = name.slice(name.lastIndexOf(".") + 1);
  return (await (BY_NAME[name] ?? BY_EXTENSION[extension])?.()) ?? [];
}
