/** What processes write, as lines to read: escape codes and overwritten progress bars taken out, the oldest let go. */

export interface LogLine {
  readonly number: number;
  readonly text: string;
  readonly stream: "stdout" | "stderr";
}

const MOST_LINES = 5_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

export class LogLines {
  private done: LogLine[] = [];
  private next = 1;
  /** What came since the last line break, of each stream. */
  private readonly rest = { stdout: "", stderr: "" };
  private readonly decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };

  /** Takes bytes as they come, in pieces that may end within a line or a letter. */
  feed(data: Uint8Array, stream: LogLine["stream"]): void {
    const lines = (this.rest[stream] + this.decoders[stream].decode(data, { stream: true })).split("\n");
    this.rest[stream] = lines.pop() ?? "";
    for (const line of lines) this.done.push({ number: this.next++, text: shown(line), stream });
    if (this.done.length > MOST_LINES) this.done = this.done.slice(-MOST_LINES);
  }

  clear(): void {
    this.done = [];
    this.rest.stdout = this.rest.stderr = "";
  }

  /** Those that hold `wanted`, whatever its case; the last one may still be being written. */
  matching(wanted: string): readonly LogLine[] {
    const open = (["stdout", "stderr"] as const)
      .filter((stream) => shown(this.rest[stream]) !== "")
      .map((stream, index) => ({ number: this.next + index, text: shown(this.rest[stream]), stream }));
    const all = [...this.done, ...open];
    const lower = wanted.toLowerCase();
    return wanted === "" ? all : all.filter((line) => line.text.toLowerCase().includes(lower));
  }
}

/** What a terminal would show of a line: after a carriage return it is written over. */
function shown(text: string): string {
  const plain = text.replace(ESCAPES, "").replace(/\r+$/, "");
  return plain.slice(plain.lastIndexOf("\r") + 1);
}
