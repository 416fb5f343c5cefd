import { expect, test } from "vitest";
import { EventParser } from "./sse.ts";

test("events are put together from pieces of any size", () => {
  const parser = new EventParser();
  const text = ': still here\n\nid: 7\nevent: progress\ndata: {"a":1}\n\nevent: result\r\ndata: 2\r\n\r\n';
  const events = Array.from(text).flatMap((letter) => parser.feed(letter));
  expect(events).toEqual([
    { id: "7", event: "progress", data: '{"a":1}' },
    { id: "7", event: "result", data: "2" },
  ]);
});

test("several lines of data are one text", () => {
  expect(new EventParser().feed("data: a\ndata: b\n\n")[0]?.data).toBe("a\nb");
});

test("a heartbeat is no event", () => {
  expect(new EventParser().feed(": still here\n\n")).toEqual([]);
});
