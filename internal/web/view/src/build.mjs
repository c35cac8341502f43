// Builds the assets that are embedded in the program. The same sources give the same files.
import { build } from "esbuild";
import { copyFileSync } from "node:fs";

const out = new URL("../assets/", import.meta.url).pathname;
const common = { bundle: true, minify: true, charset: "utf8", legalComments: "none", logLevel: "warning", outdir: out };
await build({ ...common, entryPoints: ["citizen.ts", "worker.ts"], target: ["es2017"], format: "iife" });
await build({ ...common, entryPoints: ["citizen.css"], target: ["chrome61", "safari11", "firefox60"] });
copyFileSync("icon.svg", out + "icon.svg");
