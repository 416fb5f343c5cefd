/** Where the statements of a text of SQL begin and end, so that the one under the cursor can be run alone. */

export interface Statement {
  readonly from: number;
  readonly to: number;
}

/** The statements, without the semicolons between them; a semicolon in a string, name or comment ends nothing. */
export function statements(text: string): Statement[] {
  const found: Statement[] = [];
  let start = 0;
  let at = 0;
  const finish = (end: number): void => {
    const from = start + leadingBlank(text.slice(start, end));
    const to = start + text.slice(start, end).trimEnd().length;
    if (to > from) found.push({ from, to });
  };
  while (at < text.length) {
    const next = pastQuoted(text, at);
    if (next > at) {
      at = next;
    } else {
      if (text[at] === ";") {
        finish(at);
        start = at + 1;
      }
      at += 1;
    }
  }
  finish(text.length);
  return found;
}

/** The statement that holds the cursor, or the last one before it. */
export function statementAt(text: string, cursor: number): string | null {
  const all = statements(text);
  const here = all.find((each) => cursor <= each.to + 1) ?? all.at(-1);
  return here ? text.slice(here.from, here.to) : null;
}

function leadingBlank(text: string): number {
  let at = 0;
  for (;;) {
    const blank = /^\s+/.exec(text.slice(at))?.[0].length ?? 0;
    at += blank;
    const comment = /^--[^\n]*/.exec(text.slice(at))?.[0].length ?? 0;
    at += comment;
    if (blank === 0 && comment === 0) return at;
  }
}

/** The end of the string, quoted name or comment that begins at `at`; `at` itself when none does. */
function pastQuoted(text: string, at: number): number {
  const two = text.slice(at, at + 2);
  if (two === "--") return orEnd(text, text.indexOf("\n", at));
  if (two === "/*") return pastBlockComment(text, at);
  if (text[at] === "'")
    return pastQuote(text, at, "'", /[eE]/.test(text[at - 1] ?? "") && !/\w/.test(text[at - 2] ?? ""));
  if (text[at] === '"') return pastQuote(text, at, '"', false);
  if (text[at] === "$" && !/[\w$]/.test(text[at - 1] ?? "")) {
    const tag = /^\$(?:[A-Za-z_]\w*)?\$/.exec(text.slice(at, at + 64))?.[0];
    if (tag) {
      const end = text.indexOf(tag, at + tag.length);
      return end === -1 ? text.length : end + tag.length;
    }
  }
  return at;
}

function pastQuote(text: string, at: number, quote: string, escapes: boolean): number {
  for (let here = at + 1; here < text.length; here += 1) {
    if (escapes && text[here] === "\\") here += 1;
    else if (text[here] === quote) {
      if (text[here + 1] !== quote) return here + 1;
      here += 1;
    }
  }
  return text.length;
}

/** Block comments nest in Postgres. */
function pastBlockComment(text: string, at: number): number {
  let depth = 0;
  for (let here = at; here < text.length; here += 1) {
    const two = text.slice(here, here + 2);
    if (two === "/*") depth += 1;
    else if (two === "*/") depth -= 1;
    else continue;
    here += 1;
    if (depth === 0) return here + 1;
  }
  return text.length;
}

function orEnd(text: string, index: number): number {
  return index === -1 ? text.length : index;
}
