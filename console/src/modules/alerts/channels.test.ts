import { describe, expect, it } from "vitest";
import { addressOf, kindOf, type Values } from "./channels.ts";

/** What Apprise 2.3 reads as the service it is meant for, with these parts. */
const GOOD: readonly [Parameters<typeof addressOf>[0], Values, string][] = [
  [
    "mail",
    { host: "smtp.example.org", from: "nacre@example.org", to: "ann@example.org, ben@example.org" },
    "mailtos://smtp.example.org:587/?from=nacre%40example.org&to=ann%40example.org,ben%40example.org&mode=starttls",
  ],
  [
    "mail",
    { host: "mail", security: "ssl", user: "ann@example.org", password: "a/b:c@d", from: "a@b.c", to: "a@b.c" },
    "mailtos://ann%40example.org:a%2Fb%3Ac%40d@mail:465/?from=a%40b.c&to=a%40b.c&mode=ssl",
  ],
  [
    "mail",
    { host: "localhost", security: "none", from: "a@b.c", to: "a@b.c" },
    "mailto://localhost:25/?from=a%40b.c&to=a%40b.c",
  ],
  [
    "slack",
    { hook: "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXr" },
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXr",
  ],
  [
    "dingtalk",
    { hook: "https://oapi.dingtalk.com/robot/send?access_token=abc123", secret: " SEC45 " },
    "dingtalk://SEC45@abc123",
  ],
  ["dingtalk", { hook: "https://oapi.dingtalk.com/robot/send?access_token=abc123" }, "dingtalk://abc123"],
  ["wecom", { hook: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a-91f6" }, "wecombot://693a-91f6"],
  ["feishu", { hook: "https://open.feishu.cn/open-apis/bot/v2/hook/abc-def" }, "feishu://abc-def"],
  ["feishu", { hook: "https://open.larksuite.com/open-apis/bot/v2/hook/abc-def" }, "lark://abc-def"],
  [
    "telegram",
    { token: `123456789:${"A".repeat(35)}`, chat: "-1001234" },
    `tgram://123456789:${"A".repeat(35)}/-1001234/`,
  ],
  [
    "webhook",
    { hook: "https://ann:pw@example.org:8443/a/b?token=x y" },
    "jsons://ann:pw@example.org:8443/a/b?-token=x%20y",
  ],
  ["webhook", { hook: "http://127.0.0.1:9000/x" }, "json://127.0.0.1:9000/x"],
  ["other", { address: "ntfys://alerts.example.org/topic" }, "ntfys://alerts.example.org/topic"],
];

describe("addresses of channels", () => {
  it.each(GOOD)("of %s are what Apprise reads", (kind, values, address) => {
    expect(addressOf(kind, values)).toBe(address);
    if (kind !== "other") expect(kindOf(address)).toBe(kind);
  });

  it.each([
    ["mail", { host: "smtp.example.org", from: "nobody", to: "ann@example.org" }],
    ["mail", { host: "smtp.example.org", from: "a@b.c", to: "" }],
    ["slack", { hook: "https://example.org/services/A/B/C" }],
    ["dingtalk", { hook: "https://oapi.dingtalk.com/robot/send" }],
    ["wecom", { hook: "key" }],
    ["feishu", { hook: "https://open.feishu.cn/" }],
    ["telegram", { token: "123", chat: "1" }],
    ["webhook", { hook: "ftp://example.org" }],
    ["other", { address: "example.org" }],
  ] as const)("of %s are not made of what the service does not give out", (kind, values) => {
    expect(addressOf(kind, values)).toBeNull();
  });
});
