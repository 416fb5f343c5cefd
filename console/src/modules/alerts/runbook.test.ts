import { expect, test } from "vitest";
import { partsOf } from "./runbook.ts";

test("a section is paragraphs with code in them, and blocks of commands", () => {
  const section =
    "Less than 3 %\nis left: `du -x`, as\n[here](a.md).\n\n```bash\nnacre top\nnacre status\n```\n\nThen `b`.";
  expect(partsOf(section)).toEqual([
    {
      pieces: [
        { code: false, text: "Less than 3 % is left: " },
        { code: true, text: "du -x" },
        { code: false, text: ", as here." },
      ],
    },
    { commands: ["nacre top", "nacre status"] },
    {
      pieces: [
        { code: false, text: "Then " },
        { code: true, text: "b" },
        { code: false, text: "." },
      ],
    },
  ]);
  expect(partsOf("")).toEqual([]);
});
