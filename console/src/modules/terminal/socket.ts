/** A wire to a terminal that outlives lost connections: bytes are counted, and taken up again where they stopped. */

export type WireState = "connecting" | "open" | "lost" | "ended" | "refused";

export interface Screenlike {
  readonly onOutput: (data: Uint8Array) => void;
  /** What comes next does not join what is shown: another shell, or something between is lost. */
  readonly onGap: () => void;
}

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

/** What the daemon says beside bytes. */
type Told =
  | { readonly type: "hello"; readonly run: string; readonly offset: number }
  | { readonly type: "offset"; readonly offset: number }
  | { readonly type: "pong" }
  | { readonly type: "exit"; readonly exit_code: number | null };

export interface Socketlike {
  binaryType: string;
  readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

interface Around {
  readonly url: (query: URLSearchParams) => string;
  /** Why the daemon does not let us in, in its own words; null when it would. */
  readonly refusal: () => Promise<string | null>;
  readonly dial: (url: string) => Socketlike;
}

const OPEN = 1;
const LONGEST_WAIT_MS = 5_000;
const PING_EVERY_MS = 15_000;

/** What is typed while the wire is lost is sent when it is back. */
export class TerminalSocket {
  state: WireState = "connecting";
  exitCode: number | null = null;
  message: string | null = null;

  private socket: Socketlike | null = null;
  private screen: Screenlike | null = null;
  private run = "";
  private offset = 0;
  private waiting: Uint8Array<ArrayBuffer>[] = [];
  private size: Size = { cols: 80, rows: 24 };
  private failures = 0;
  private answered = true;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private pinging: ReturnType<typeof setInterval> | undefined;
  private readonly watchers = new Set<() => void>();
  private readonly encoder = new TextEncoder();

  constructor(private readonly around: Around) {}

  /** Shows on a screen what is kept and all that follows; returns how to leave. */
  attach(screen: Screenlike): () => void {
    this.screen = screen;
    this.run = "";
    this.offset = 0;
    this.connect();
    this.pinging = setInterval(() => this.ping(), PING_EVERY_MS);
    return () => {
      this.screen = null;
      clearInterval(this.pinging);
      this.hangUp();
    };
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  send(text: string): void {
    const data = this.encoder.encode(text);
    if (this.socket?.readyState === OPEN) this.socket.send(data);
    else if (this.state !== "ended" && this.state !== "refused") this.waiting.push(data);
  }

  resize(size: Size): void {
    this.size = size;
    if (this.socket?.readyState === OPEN) this.socket.send(JSON.stringify({ type: "resize", ...size }));
  }

  /** A new shell after the last one ended, or another attempt after a refusal. */
  reopen(): void {
    this.become("connecting");
    this.connect();
  }

  private connect(): void {
    this.hangUp();
    const query = new URLSearchParams({ cols: String(this.size.cols), rows: String(this.size.rows) });
    if (this.run) {
      query.set("run", this.run);
      query.set("after", String(this.offset));
    }
    const socket = this.around.dial(this.around.url(query));
    let opened = false;
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      opened = true;
      this.answered = true;
      this.failures = 0;
      socket.send(JSON.stringify({ type: "resize", ...this.size }));
      for (const data of this.waiting.splice(0)) socket.send(data);
      this.become("open");
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.hear(JSON.parse(data) as Told);
      else this.show(new Uint8Array(data as ArrayBuffer));
    };
    socket.onclose = () => {
      if (this.state !== "ended") void this.lost(opened);
    };
  }

  private show(data: Uint8Array): void {
    this.offset += data.byteLength;
    this.screen?.onOutput(data);
  }

  private hear(told: Told): void {
    this.answered = true;
    switch (told.type) {
      case "hello":
        if (told.run !== this.run || told.offset !== this.offset) {
          if (this.run) this.screen?.onGap();
          this.offset = told.offset;
        }
        this.run = told.run;
        return;
      case "offset":
        this.screen?.onGap();
        this.offset = told.offset;
        return;
      case "exit":
        this.exitCode = told.exit_code;
        this.waiting = [];
        this.become("ended");
        return;
      case "pong":
        return;
    }
  }

  /** A browser does not say why a socket was refused; asking the operation behind it does. */
  private async lost(wasOpen: boolean): Promise<void> {
    this.socket = null;
    this.become("lost");
    this.failures += 1;
    const refused = wasOpen ? null : await this.around.refusal();
    if (this.screen === null || this.socket !== null) return;
    if (refused !== null) {
      this.message = refused;
      this.become("refused");
      return;
    }
    this.retry = setTimeout(() => this.connect(), Math.min(LONGEST_WAIT_MS, 100 * 2 ** this.failures));
  }

  /** A wire that is cut somewhere in between says nothing: one ping unanswered, and it is dialled anew. */
  private ping(): void {
    if (this.socket?.readyState !== OPEN) return;
    if (!this.answered) {
      this.hangUp();
      void this.lost(true);
      return;
    }
    this.answered = false;
    this.socket.send(JSON.stringify({ type: "ping", id: this.offset }));
  }

  private hangUp(): void {
    clearTimeout(this.retry);
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  private become(state: WireState): void {
    if (state === this.state) return;
    this.state = state;
    for (const watcher of this.watchers) watcher();
  }
}
