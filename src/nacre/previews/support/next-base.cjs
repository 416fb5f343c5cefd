// Loaded before Next.js in a preview: its default configuration learns the base path and the gateway's host names.
// A project that sets basePath itself keeps what it set.
const Module = require("node:module");

const base = (process.env.NACRE_BASE_PATH || "/").replace(/\/+$/, "");
const hosts = (process.env.NACRE_NEXT_HOSTS || "").split(",").filter(Boolean);
const load = Module._load;
const known = new Map();

Module._load = function (request, parent, isMain) {
  const loaded = load.call(this, request, parent, isMain);
  if (!/(^|\/)config-shared(\.js)?$/.test(request) || !loaded?.defaultConfig) return loaded;
  if (!known.has(loaded)) known.set(loaded, withBase(loaded));
  return known.get(loaded);
};

function withBase(loaded) {
  const config = { ...loaded.defaultConfig, basePath: base };
  // The gateway sends /base to /base/, where Next.js would send it back.
  if (base) Object.assign(config, { assetPrefix: base, skipTrailingSlashRedirect: true });
  if (hosts.length) config.allowedDevOrigins = hosts;
  return new Proxy({}, {
    get: (_, name) => (name === "defaultConfig" ? Object.freeze(config) : loaded[name]),
    has: (_, name) => name in loaded,
  });
}
