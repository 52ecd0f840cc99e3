// Builds what the pages load into ../static/build/. `npm run build` once, `npm run watch` while working.
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const out = fileURLToPath(new URL("../static/build/", import.meta.url));

// Bootstrap draws arrows and checks as data: pictures, which the content security policy refuses.
// Each becomes a file of its own.
const picturesAsFiles = {
  name: "pictures-as-files",
  setup(build) {
    const pictures = new Map();
    build.onLoad({ filter: /bootstrap(\.rtl)?\.css$/ }, async ({ path }) => {
      const css = await readFile(path, "utf8");
      const contents = css.replace(/url\("data:image\/svg\+xml,([^"]+)"\)/g, (_, encoded) => {
        const picture = decodeURIComponent(encoded);
        const name = createHash("sha256").update(picture).digest("hex").slice(0, 8);
        pictures.set(name, picture);
        return `url("picture:${name}")`;
      });
      return { contents, loader: "css" };
    });
    build.onResolve({ filter: /^picture:/ }, ({ path }) => ({
      path: `bootstrap-${path.slice("picture:".length)}.svg`,
      namespace: "picture",
    }));
    build.onLoad({ filter: /.*/, namespace: "picture" }, ({ path }) => ({
      contents: pictures.get(path.slice("bootstrap-".length, -".svg".length)),
      loader: "file",
    }));
  },
};

const options = {
  entryPoints: ["app.css", "app.rtl.css", "answer.css", "app.js", "answer.js", "builder.js", "charts.js"].map((name) => `src/${name}`),
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  outdir: out,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  assetNames: "[name]",
  // Third-party notices travel with the code they belong to.
  legalComments: "linked",
  logLevel: "info",
  plugins: [picturesAsFiles],
};

await rm(out, { recursive: true, force: true });
if (process.argv.includes("--watch")) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  await esbuild.build(options);
}
