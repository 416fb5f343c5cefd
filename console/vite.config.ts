import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const SMALLEST_BYTES = 1024;
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
    async writeBundle({ dir = "dist" }, bundle) {
      const texts = Object.keys(bundle).filter((name) => /\.(js|css|svg|json)$/.test(name));
      await Promise.all(
        texts.map(async (name) => {
          const plain = await readFile(join(dir, name));
          if (plain.length < SMALLEST_BYTES) return;
          await writeFile(join(dir, `${name}.gz`), await gzip(plain, { level: 9 }));
          await writeFile(join(dir, `${name}.br`), await brotli(plain));
        }),
      );
    },
  };
}
