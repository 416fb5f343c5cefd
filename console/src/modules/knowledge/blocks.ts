/** A passage's Markdown as blocks to be shown: headings, code, and text as it stands. Pure. */

export interface Block {
  readonly kind: "heading" | "text" | "code";
  readonly text: string;
}

const HEADING = /^ {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/** A fence that is not closed lasts to the end, and one that is cut in two is code from where it opens. */
export function blocksOf(passage: string): Block[] {
  const blocks: { kind: Block["kind"]; lines: string[] }[] = [];
  const add = (kind: Block["kind"], line: string) => {
    const last = blocks.at(-1);
    if (last?.kind === kind && kind !== "heading") last.lines.push(line);
    else blocks.push({ kind, lines: [line] });
  };
  let fence: string | null = null;
  for (const line of passage.replaceAll("\f", "\n").split("\n")) {
    const mark = FENCE.exec(line)?.[1];
    const heading = HEADING.exec(line)?.[1];
    if (fence !== null) {
      if (mark?.startsWith(fence)) fence = null;
      else add("code", line);
    } else if (mark) fence = mark;
    else if (heading) add("heading", heading);
    else add("text", line);
  }
  return blocks
    .map(({ kind, lines }) => ({ kind, text: lines.join("\n").replace(/^\n+|\s+$/g, "") }))
    .filter(({ text }) => text !== "");
}
