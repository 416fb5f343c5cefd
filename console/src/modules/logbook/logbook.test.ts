import { describe, expect, it } from "vitest";
import { askedIn, nameOfLine, questionOf, searchOf, withField } from "./asked.ts";
import { fieldsOf, requestOf, told } from "./fields.ts";
import { heightsOf, timesOf } from "./histogram.ts";

describe("what is looked for", () => {
  it("stands in the address, and in what is asked", () => {
    const asked = askedIn({
      q: 500,
      source: "nacre.daemon,gateway",
      level: "error",
      since: "6h",
      more: 1,
      until: "",
      live: "yes",
    });
    expect(asked).toEqual({ q: "500", source: "nacre.daemon,gateway", level: "error", since: "6h" });
    expect(searchOf(asked)).toEqual({ query: "500", source: ["nacre.daemon", "gateway"], level: "error", since: "6h" });
    expect(askedIn({ live: true })).toEqual({ live: true });
    expect(questionOf(askedIn({ level: "unknown", q: true }))).toEqual({ query: "true" });
    expect(searchOf({ since: "nonsense" })).toEqual({ since: "1h" });
    expect(nameOfLine({ source: "nacre.daemon", number: 3 })).toBe("nacre.daemon~3");
  });

  it("is narrowed by a field, once", () => {
    expect(withField("timeout", "status", "500")).toBe("timeout status=500");
    expect(withField("status=500", "status", "500")).toBe("status=500");
    expect(withField("", "msg", 'say "hi" \\', true)).toBe('-msg="say \\"hi\\" \\\\"');
  });
});

describe("a line", () => {
  it("of JSON has its fields, those within others too", () => {
    const text = '{"event": "served", "status": 500, "who": {"name": "ann"}, "tags": [1, 2], "gone": null}';
    expect(fieldsOf(text).map(({ name, value }) => `${name}=${value}`)).toEqual([
      "event=served",
      "status=500",
      "who.name=ann",
      "tags=[1,2]",
      "gone=null",
    ]);
    expect(told(text)).toEqual({ message: "served", rest: "status=500 who.name=ann tags=[1,2] gone=null" });
  });

  it("of words has what is name=value", () => {
    const text = 'LOG: user=ann host="a \\"b\\"" [pid=12] x= y';
    expect(fieldsOf(text)).toEqual([
      { name: "user", value: "ann" },
      { name: "host", value: 'a "b"' },
      { name: "pid", value: "12" },
    ]);
    expect(told(text)).toEqual({ message: text, rest: "" });
    expect(fieldsOf("{no json}")).toEqual([]);
    expect(told("2026-03-01 12:00:00.123 UTC [7] LOG:  ready").message).toBe("[7] LOG:  ready");
    expect(told("2026-03-01T12:00:00Z").message).toBe("2026-03-01T12:00:00Z");
  });

  it("of the gateway or the audit begins with what happened", () => {
    const asked = {
      ts: 1,
      request: { remote_ip: "::1", method: "GET", host: "shop.localhost", uri: "/a" },
      status: 500,
      duration: 0.0119,
      app: "shop",
    };
    expect(told(JSON.stringify(asked))).toEqual({
      message: "500 GET shop.localhost/a · 12 ms",
      rest: "request.remote_ip=::1 app=shop",
    });
    const done = { who: "person:ann", operation: "branch.delete", project: "shop", branch: "x", outcome: "done" };
    expect(told(JSON.stringify({ at: "now", ...done, why: "too old" }))).toEqual({
      message: "branch.delete shop:x done · person:ann",
      rest: 'why="too old"',
    });
    const refused = { who: "person:ann", operation: "alert.list", outcome: "refused", code: "not-allowed" };
    expect(told(JSON.stringify(refused)).message).toBe("alert.list refused (not-allowed) · person:ann");
    const unknown = '{"request":"4711","status":1}';
    expect(told(unknown)).toEqual({ message: unknown, rest: "" });
  });

  it("tells of which request it is, whoever wrote it", () => {
    expect(requestOf({ source: "nacre.daemon", text: '{"request_id":"7c47","uuid":"of a user"}' })).toBe("7c47");
    expect(requestOf({ source: "requests.3", text: '{"request":{"uri":"/cart"},"uuid":"b6db"}' })).toBe("b6db");
    expect(requestOf({ source: "app.3.1", text: '{"uuid":"of a user"}' })).toBeUndefined();
  });
});

describe("the histogram", () => {
  const bucket = (time: string, some: object) => ({
    time,
    unknown: 0,
    debug: 0,
    info: 0,
    warning: 0,
    error: 0,
    fatal: 0,
    ...some,
  });
  const counts = {
    since: "2026-03-01T12:00:00Z",
    until: "2026-03-01T12:02:30Z",
    step_ms: 60_000,
    complete: true,
    buckets: [
      bucket("2026-03-01T12:00:00Z", { info: 6, unknown: 2 }),
      bucket("2026-03-01T12:01:00Z", { warning: 1, error: 2, fatal: 1 }),
      bucket("2026-03-01T12:02:00Z", {}),
    ],
  };

  it("is as high as the most, and what is bad is seen beside much that is not", () => {
    expect(heightsOf(counts.buckets)).toEqual([
      { fine: 1, warning: 0, error: 0 },
      { fine: 0, warning: 0.125, error: 0.375 },
      { fine: 0, warning: 0, error: 0 },
    ]);
    expect(heightsOf(counts.buckets.slice(2))).toEqual([{ fine: 0, warning: 0, error: 0 }]);
  });

  it("gives the time of what was chosen, in either direction", () => {
    expect(timesOf(counts, 1, 0)).toEqual({ since: "2026-03-01T12:00:00Z", until: "2026-03-01T12:02:00Z" });
    expect(timesOf(counts, 2, 2)).toEqual({ since: "2026-03-01T12:02:00Z", until: "2026-03-01T12:02:30Z" });
  });
});
