import { describe, expect, it } from "vitest";
import { Documents, isDirty, textOf } from "./documents.ts";
import { lineBreakOf, refusalOf } from "./text.ts";

function opened(content: string): { documents: Documents; type: (insert: string) => void; heard: () => number } {
  const documents = new Documents(() => []);
  let count = 0;
  documents.subscribe(() => {
    count += 1;
  });
  documents.open("a.txt", content, "1");
  const type = (insert: string) => {
    const document = documents.find("a.txt");
    if (document) documents.typed("a.txt", document.state.update({ changes: { from: 0, insert } }).state);
  };
  return { documents, type, heard: () => count };
}

const the = (documents: Documents) => {
  const found = documents.find("a.txt");
  if (!found) throw new Error("a.txt is not open");
  return found;
};

describe("open documents", () => {
  it.each(["", "one\ntwo\n", "one\r\ntwo\r\n", "one\r\ntwo\nthree\rfour", "\uFEFFone"])(
    "give back %j unchanged",
    (content) => {
      expect(textOf(the(opened(content).documents))).toBe(content);
    },
  );

  it("tell only when they become dirty, not at every key", () => {
    const { documents, type, heard } = opened("text");
    const before = heard();
    type("x");
    expect(isDirty(the(documents))).toBe(true);
    type("y");
    expect(heard()).toBe(before + 1);
    expect(textOf(the(documents))).toBe("yxtext");
  });

  it("keep what was typed while a save was under way", () => {
    const { documents, type } = opened("text");
    type("x");
    const sent = the(documents).state.doc;
    type("y");
    documents.savedAs("a.txt", sent, "2");
    expect(isDirty(the(documents))).toBe(true);
    expect(the(documents).etag).toBe("2");
  });

  it("follow the file while clean", () => {
    const { documents } = opened("text");
    documents.changedElsewhere("a.txt", "other text", "2");
    expect(textOf(the(documents))).toBe("other text");
    expect(isDirty(the(documents))).toBe(false);
  });

  it("say that they are in conflict when dirty, and leave the choice", () => {
    const mine = opened("text");
    mine.type("x");
    mine.documents.changedElsewhere("a.txt", "theirs", "2");
    expect(textOf(the(mine.documents))).toBe("xtext");
    expect(the(mine.documents).conflict?.content).toBe("theirs");
    mine.documents.keepMine("a.txt");
    expect(the(mine.documents)).toMatchObject({ etag: "2", conflict: null });
    expect(textOf(the(mine.documents))).toBe("xtext");

    const theirs = opened("text");
    theirs.type("x");
    theirs.documents.changedElsewhere("a.txt", "theirs", "2");
    theirs.documents.takeTheirs("a.txt");
    expect(textOf(the(theirs.documents))).toBe("theirs");
    expect(isDirty(the(theirs.documents))).toBe(false);
  });

  it("show the neighbour when closed, and follow a folder's new name", () => {
    const documents = new Documents(() => []);
    for (const path of ["src/a", "src/b", "c"]) documents.open(path, "", null);
    documents.show("src/b");
    documents.close("src/b");
    expect(documents.snapshot().active).toBe("c");
    documents.renamed("src", "lib");
    expect(documents.snapshot().documents.map((each) => each.path)).toEqual(["lib/a", "c"]);
  });
});

describe("text", () => {
  it("keeps mixed line ends as they are", () => {
    expect(lineBreakOf("a\r\nb\r\n")).toBe("\r\n");
    expect(lineBreakOf("a\r\nb\n")).toBe("\n");
    expect(lineBreakOf("a\rb\r\n")).toBe("\n");
  });

  it("is refused when binary or too large", () => {
    expect(refusalOf({ size_bytes: 3, encoding: "base64" })).toBe("binary");
    expect(refusalOf({ size_bytes: 3, encoding: "utf-8", content: "a\0b" })).toBe("binary");
    expect(refusalOf({ size_bytes: 6 << 20 })).toBe("too-large");
    expect(refusalOf({ size_bytes: 1 << 20, encoding: "utf-8", content: "" })).toBeNull();
  });
});
