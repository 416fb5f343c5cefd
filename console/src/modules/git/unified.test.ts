import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countsOf, patchesIn } from "./unified.ts";

const DIFF = `diff --git a/app.py b/app.py
index 1111111..2222222 100644
--- a/app.py
+++ b/app.py
@@ -1,3 +1,3 @@ def hello():
 import flask
-old
+new
+--- not a header
\\ No newline at end of file
diff --git a/gone.txt b/gone.txt
deleted file mode 100644
index 3333333..0000000
--- a/gone.txt
+++ /dev/null
@@ -1 +0,0 @@
-bye
diff --git a/logo.png b/logo.png
new file mode 100644
index 0000000..4444444
Binary files /dev/null and b/logo.png differ
`;

describe("a unified diff", () => {
  it("is taken apart by file", () => {
    const patches = patchesIn(DIFF);
    expect(patches.map(({ path, change }) => `${change} ${path}`)).toEqual([
      "changed app.py",
      "removed gone.txt",
      "added logo.png",
    ]);
    expect(patches.map(countsOf)).toEqual([
      { added: 2, removed: 1 },
      { added: 0, removed: 1 },
      { added: 0, removed: 0 },
    ]);
    expect(patches[2]?.lines[0]?.kind).toBe("note");
  });

  it("keeps every line of a hunk, whatever is in it", () => {
    const line = fc.tuple(fc.constantFrom(" ", "+", "-"), fc.string()).map(([sign, text]) => sign + text);
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        const diff = `diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n${lines.join("\n")}\n`;
        expect(patchesIn(diff)[0]?.lines.length).toBe(lines.length + 1);
      }),
    );
  });
});
