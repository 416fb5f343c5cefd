import { describe, expect, it } from "vitest";
import { type Mark, marksOf, neighbour, worded } from "./marks.ts";

const mark = (id: number, time: number): Mark => ({ id, kind: "checkpoint", time, label: null, who: "owner" });

describe("marks", () => {
  it("are the entries of the log, unknown kinds included", () => {
    const entry = { id: 1, time: "1970-01-01T00:00:01Z", label: "v1", who: "ann" };
    expect(
      marksOf([
        { ...entry, kind: "checkpoint" },
        { ...entry, kind: "publish" },
      ]).map((each) => each.kind),
    ).toEqual(["checkpoint", "other"]);
    expect(marksOf([{ ...entry, kind: "undo" }])[0]).toMatchObject({ time: 1000, label: "v1" });
  });

  it("carry words where there is room, the newest first", () => {
    const marks = [mark(1, 10), mark(2, 50), mark(3, 55), mark(4, 500)];
    expect(worded(marks, { from: 0, to: 100 }, 1000, 100)).toEqual(new Set([3, 1]));
  });

  it("are neighbours of a moment, which itself is none", () => {
    const marks = [mark(1, 10), mark(2, 50), mark(3, 55)];
    expect(neighbour(marks, 50, -1)?.id).toBe(1);
    expect(neighbour(marks, 50, 1)?.id).toBe(3);
    expect(neighbour(marks, 55, 1)).toBeNull();
  });
});
