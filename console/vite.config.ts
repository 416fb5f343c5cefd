import { promisify } from "node:util";
import * as zlib from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const daemon = process.env.NACRE_URL ?? "http://127.0.0.1:8420";

export default defineConfig({
  plugins: [react(), compressed()],
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the page's policy allows no data: scripts or styles
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": { target: daemon, ws: true } } },
});

/** Writes each text file a second time as .gz and .br, once and for all, for servers that hand out what lies there. */
function compressed(): Plugin {
  const gzip = promisify(zlib.gzip);
  const brotli = promisify(zlib.brotliCompress);
  return {
    name: "nacre:compressed",
    apply: "build",
    enforce: "post",
    async generateBundle(_options, bundle) {
      await Promise.all(
        Object.values(bundle).map(async (file) => {
          const source = file.type === "chunk" ? file.code : file.source;
          if (!/\.(js|css|svg|json)$/.test(file.fileName) || source.length < 1024) return;
          const plain = Buffer.from(source);
          const [gz, br] = await Promise.all([gzip(plain, { level: 9 }), brotli(plain)]);
          this.emitFile({ type: "asset", fileName: `${file.fileName}.gz`, source: gz });
          this.emitFile({ type: "asset", fileName: `${file.fileName}.br`, source: br });
        }),
      );
    },
  };
}
