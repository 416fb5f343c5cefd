/** Where alerts can be sent, what each asks for, and the address that Apprise makes of it. Pure. */

export const CHANNEL_KINDS = ["mail", "slack", "dingtalk", "wecom", "feishu", "telegram", "webhook", "other"] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

export const FIELDS = {
  mail: ["from", "to", "host", "port", "user", "password", "security"],
  slack: ["hook"],
  dingtalk: ["hook", "secret"],
  wecom: ["hook"],
  feishu: ["hook"],
  telegram: ["token", "chat"],
  webhook: ["hook"],
  other: ["address"],
} as const satisfies Record<ChannelKind, readonly string[]>;
export type FieldName = (typeof FIELDS)[ChannelKind][number];
export type Values = Readonly<Partial<Record<FieldName, string>>>;

export const SECRETS: ReadonlySet<FieldName> = new Set(["password", "secret", "token"]);
export const OPTIONAL: ReadonlySet<FieldName> = new Set(["port", "user", "password", "secret"]);

export const SECURITIES = ["starttls", "ssl", "none"] as const;

/** Null while something is missing, or is not what the service gives out. */
export function addressOf(kind: ChannelKind, values: Values): string | null {
  const given = (name: FieldName) => values[name]?.trim() ?? "";
  return ADDRESSES[kind](given);
}

type Given = (name: FieldName) => string;

const ADDRESSES: Readonly<Record<ChannelKind, (given: Given) => string | null>> = {
  mail: mailOf,
  slack: (given) => {
    const [, team, bot, token] =
      /^https:\/\/hooks\.slack\.com\/services\/(\w+)\/(\w+)\/(\w+)\/?$/.exec(given("hook")) ?? [];
    return token ? `slack://${team}/${bot}/${token}` : null;
  },
  dingtalk: (given) => {
    const token = hookOf(given)?.searchParams.get("access_token");
    const secret = given("secret") && `${encodeURIComponent(given("secret"))}@`;
    return token ? `dingtalk://${secret}${token}` : null;
  },
  wecom: (given) => {
    const key = hookOf(given)?.searchParams.get("key");
    return key ? `wecombot://${key}` : null;
  },
  feishu: (given) => {
    const hook = hookOf(given);
    const token = hook && /\/bot\/v2\/hook\/([\w-]+)\/?$/.exec(hook.pathname)?.[1];
    return token ? `${hook.hostname.endsWith("larksuite.com") ? "lark" : "feishu"}://${token}` : null;
  },
  telegram: (given) =>
    /^\d+:[\w-]{30,}$/.test(given("token")) && /^(-?\d+|@\w+)$/.test(given("chat"))
      ? `tgram://${given("token")}/${given("chat")}/`
      : null,
  webhook: (given) => {
    const hook = hookOf(given);
    if (!hook) return null;
    const scheme = hook.protocol === "https:" ? "jsons" : "json";
    const login = hook.username && `${hook.username}${hook.password && `:${hook.password}`}@`;
    // Apprise takes parameters for its own, unless they are marked as the hook's.
    const query = [...hook.searchParams].map(([name, value]) => `-${encoded(name)}=${encoded(value)}`).join("&");
    return `${scheme}://${login}${hook.host}${hook.pathname}${query && `?${query}`}`;
  },
  other: (given) => (/^[a-z][a-z0-9+]*:\/\/\S+$/i.test(given("address")) ? given("address") : null),
};

const USUAL_PORTS: Readonly<Record<string, string>> = { starttls: "587", ssl: "465", none: "25" };

function mailOf(given: Given): string | null {
  const security = given("security") || "starttls";
  const to = given("to")
    .split(/[\s,;]+/)
    .filter(Boolean);
  if (!/^[\w.-]+$/.test(given("host")) || !isMail(given("from")) || to.length === 0 || !to.every(isMail)) return null;
  const login = given("user") && `${encoded(given("user"))}:${encoded(given("password"))}@`;
  const port = given("port") || USUAL_PORTS[security];
  const scheme = security === "none" ? "mailto" : "mailtos";
  const mode = security === "none" ? "" : `&mode=${security}`;
  return `${scheme}://${login}${given("host")}:${port}/?from=${encoded(given("from"))}&to=${to.map(encoded).join(",")}${mode}`;
}

function isMail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text);
}

function hookOf(given: Given): URL | null {
  const hook = URL.parse(given("hook"));
  return hook && /^https?:$/.test(hook.protocol) ? hook : null;
}

const encoded = encodeURIComponent;

/** Which kind an address that is kept is of, by its scheme; the rest of it is not shown. */
export function kindOf(address: string): ChannelKind {
  return SCHEMES[address.split("://")[0]?.toLowerCase() ?? ""] ?? "other";
}

const SCHEMES: Readonly<Record<string, ChannelKind>> = {
  mailto: "mail",
  mailtos: "mail",
  slack: "slack",
  dingtalk: "dingtalk",
  wecombot: "wecom",
  feishu: "feishu",
  lark: "feishu",
  tgram: "telegram",
  json: "webhook",
  jsons: "webhook",
};
