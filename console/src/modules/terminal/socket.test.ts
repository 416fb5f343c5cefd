import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Socketlike, TerminalSocket } from "./socket.ts";

class Line implements Socketlike {
  binaryType = "";
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly said: unknown[] = [];
  constructor(readonly url: URL) {}
  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.said.push(typeof data === "string" ? JSON.parse(data) : new TextDecoder().decode(data));
  }
  close(): void {
    this.readyState = 3;
  }
  open(run: string, offset: number): void {
    this.readyState = 1;
    this.onopen?.();
    this.onmessage?.({ data: JSON.stringify({ type: "hello", run, offset }) });
  }
  write(text: string): void {
    this.onmessage?.({ data: new TextEncoder().encode(text).buffer });
  }
  cut(): void {
    this.readyState = 3;
    this.onclose?.({ code: 1006 });
  }
}

function dialled(refusal: string | null = null) {
  const lines: Line[] = [];
  const seen: string[] = [];
  const socket = new TerminalSocket({
    url: (query) => `http://far/?${query}`,
    refusal: async () => refusal,
    dial: (url) => {
      const line = new Line(new URL(url));
      lines.push(line);
      return line;
    },
  });
  const leave = socket.attach({
    onOutput: (data) => seen.push(new TextDecoder().decode(data)),
    onGap: () => seen.push("<gap>"),
  });
  const line = (index: number): Line => {
    const found = lines[index];
    if (!found) throw new Error(`no line ${index}`);
    return found;
  };
  return { socket, seen, line, lines, leave };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a terminal's wire", () => {
  it("goes on at the byte where it was cut, and sends what was typed meanwhile", async () => {
    const { socket, seen, line } = dialled();
    line(0).open("7", 0);
    line(0).write("héllo");
    line(0).cut();
    await vi.advanceTimersByTimeAsync(0);
    expect(socket.state).toBe("lost");
    socket.send("ls\r");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(line(1).url.searchParams.get("after")).toBe("6");
    expect(line(1).url.searchParams.get("run")).toBe("7");
    line(1).open("7", 6);
    line(1).write(" again");
    expect(seen).toEqual(["héllo", " again"]);
    expect(line(1).said).toContain("ls\r");
    expect(socket.state).toBe("open");
  });

  it("clears the screen when another shell took the name, or something is lost", () => {
    const { seen, line, socket } = dialled();
    line(0).open("7", 0);
    line(0).write("a");
    line(0).onmessage?.({ data: JSON.stringify({ type: "offset", offset: 99 }) });
    line(0).write("b");
    socket.reopen();
    line(1).open("8", 0);
    expect(seen).toEqual(["a", "<gap>", "b", "<gap>"]);
  });

  it("dials anew when a ping stays unanswered", async () => {
    const { line, lines } = dialled();
    line(0).open("7", 0);
    await vi.advanceTimersByTimeAsync(31_000);
    expect(line(0).said.filter((said) => (said as { type?: string }).type === "ping")).toHaveLength(1);
    expect(lines.length).toBeGreaterThan(1);
  });

  it("says why it is refused, and tries no more", async () => {
    const { socket, line, lines } = dialled("You may only look.");
    line(0).cut();
    await vi.advanceTimersByTimeAsync(10_000);
    expect([socket.state, socket.message, lines.length]).toEqual(["refused", "You may only look.", 1]);
  });

  it("ends with the shell", async () => {
    const { socket, line, lines } = dialled();
    line(0).open("7", 0);
    line(0).onmessage?.({ data: JSON.stringify({ type: "exit", exit_code: 3 }) });
    line(0).cut();
    await vi.advanceTimersByTimeAsync(10_000);
    expect([socket.state, socket.exitCode, lines.length]).toEqual(["ended", 3, 1]);
  });

  it("is quiet once left", async () => {
    const { line, lines, leave } = dialled();
    line(0).open("7", 0);
    leave();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines.length).toBe(1);
  });
});
