/** What was asked in the playground as a statement that asks the same in SQL. Pure. */

export interface Asked {
  readonly prompt: string;
  readonly model?: string | undefined;
  readonly system?: string | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

/** `SELECT llm.chat('…', model => '…')`: what is not said is left to its default. */
export function chatStatement({ prompt, model, system, options = {} }: Asked): string {
  const said = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return selected("chat", [
    literal(prompt),
    ...(model ? [`model => ${literal(model)}`] : []),
    ...(system ? [`system => ${literal(system)}`] : []),
    ...(Object.keys(said).length > 0 ? [`options => ${literal(JSON.stringify(said))}`] : []),
  ]);
}

/** `SELECT * FROM llm.search('…', '…', k => 10)`. */
export function searchStatement(vectorizer: string, query: string, k: number): string {
  return `SELECT * FROM llm.search(${literal(vectorizer)}, ${literal(query)}, k => ${k});`;
}

/** `SELECT llm.ask('…')`. */
export function askStatement(question: string): string {
  return selected("ask", [literal(question)]);
}

function selected(name: string, places: readonly string[]): string {
  return `SELECT llm.${name}(${places.join(", ")});`;
}

/** A string of SQL, whatever is in it; with E where there is a backslash, so that no setting reads it otherwise. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return text.includes("\\") ? `E${quoted}` : quoted;
}
