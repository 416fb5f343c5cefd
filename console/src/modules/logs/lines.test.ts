import { describe, expect, it } from "vitest";
import { LogLines } from "./lines.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (log: LogLines, wanted = "") => log.matching(wanted).map((line) => line.text);

describe("log lines", () => {
  it("are whole, however the bytes are cut", () => {
    const log = new LogLines();
    const all = bytes("ein Gruß\nzwei\ndrei");
    for (const byte of all) log.feed(Uint8Array.of(byte), "stdout");
    expect(texts(log)).toEqual(["ein Gruß", "zwei", "drei"]);
  });

  it("keep the streams apart", () => {
    const log = new LogLines();
    log.feed(bytes("half "), "stdout");
    log.feed(bytes("warning\n"), "stderr");
    log.feed(bytes("line\n"), "stdout");
    expect(log.matching("").map((line) => [line.stream, line.text])).toEqual([
      ["stderr", "warning"],
      ["stdout", "half line"],
    ]);
  });

  it("show what a terminal would: no escape codes, progress bars at their end", () => {
    const log = new LogLines();
    log.feed(bytes("\u001b[32mready\u001b[0m in 5 ms\r\n10 %\r50 %\r100 %\n\u001b]0;title\u0007x\n"), "stdout");
    expect(texts(log)).toEqual(["ready in 5 ms", "100 %", "x"]);
  });

  it("are filtered whatever their case, and let go of the oldest", () => {
    const log = new LogLines();
    log.feed(bytes(Array.from({ length: 6_000 }, (_, index) => `Line ${index}\n`).join("")), "stdout");
    expect(texts(log, "LINE").length).toBe(5_000);
    expect(texts(log)[0]).toBe("Line 1000");
    log.clear();
    expect(texts(log)).toEqual([]);
  });
});
