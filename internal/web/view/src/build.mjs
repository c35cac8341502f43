// Builds the assets that are embedded in the program. The same sources give the same files.
import { build } from "esbuild";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";

const out = new URL("../assets/", import.meta.url).pathname;
const common = { bundle: true, minify: true, charset: "utf8", legalComments: "none", logLevel: "warning", outdir: out };
await build({ ...common, entryPoints: ["citizen.ts", "worker.ts"], target: ["es2017"], format: "iife" });
await build({ ...common, entryPoints: ["citizen.css"], target: ["chrome61", "safari11", "firefox60"] });
await build({ ...common, entryPoints: ["board.ts"], target: ["es2018"], format: "iife" });
await build({
  ...common, entryPoints: ["charts.ts"], target: ["es2018"], format: "iife",
  banner: { js: "/* holds Apache ECharts and zrender; see LICENSE-echarts.txt beside this file */" },
});
await build({ ...common, entryPoints: ["board.css"], target: ["chrome80", "safari14", "firefox78"] });
await build({ ...common, entryPoints: ["console.ts"], target: ["es2018"], format: "iife" });
await build({ ...common, entryPoints: ["console.css"], target: ["chrome80", "safari14", "firefox78"] });
copyFileSync("icon.svg", out + "icon.svg");

// What charts.js holds of others goes with it, with their licences.
const theirs = ["echarts/LICENSE", "echarts/NOTICE", "echarts/licenses/LICENSE-d3", "zrender/LICENSE", "tslib/LICENSE.txt"];
writeFileSync(out + "LICENSE-echarts.txt", theirs.map((name) => `== ${name}\n\n${readFileSync("node_modules/" + name, "utf8").replaceAll("\r\n", "\n").trim()}\n`).join("\n"));
