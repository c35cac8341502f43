// Charts, drawn from the tables that stand on the page for everybody (ECharts, only the parts used).
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use, type ECharts } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, TooltipComponent, CanvasRenderer]);

interface Line {
  label: string;
  earlier: string;
  count: number | null;
  score: number | null;
  earlierCount: number | null;
}

const still = matchMedia("(prefers-reduced-motion: reduce)");
const drawn = new Map<HTMLElement, ECharts>();

// lines are the rows of a chart's table.
function lines(name: string): Line[] {
  const rows = document.querySelectorAll<HTMLTableRowElement>(`table[data-for="${name}"] tbody tr`);
  return [...rows].map((row) => {
    const text = (i: number): string => row.cells[i]?.textContent?.trim() ?? "";
    const value = (i: number): number | null => (row.cells[i]?.dataset.v === undefined ? null : Number(row.cells[i].dataset.v));
    return { label: text(0), count: value(1), score: value(2), earlier: text(4), earlierCount: value(5) };
  });
}

// amount writes a count for an axis: 1,200, 3.5万, 2亿.
function amount(n: number): string {
  const short = (x: number): string => String(Math.round(x * 100) / 100).replace(/\B(?=(\d{3})+$)/g, ",");
  if (n >= 1e8) return short(n / 1e8) + "亿";
  return n >= 1e5 ? short(n / 1e4) + "万" : short(n);
}

const mostOf = (rows: Line[]): number => Math.max(0, ...rows.flatMap((row) => [row.count ?? 0, row.earlierCount ?? 0]));

// steps are what an axis can count in: each is one of these times a power of ten.
const steps = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

// stepOf is the least step in whole numbers with which so many reach a count.
function stepOf(most: number, parts: number): number {
  const least = Math.max(1, most / parts);
  const power = 10 ** Math.floor(Math.log10(least));
  return steps.map((step) => step * power).find((step) => step >= least - 1e-9 && Number.isInteger(step)) ?? 10 * power;
}

// partsOf is how many parts both axes have: four, fewer where the chart is low, and never more than there are reviews.
function partsOf(holder: HTMLElement, most: number): number {
  const room = holder.clientHeight < 150 ? 2 : 4;
  return most >= room ? room : most >= 2 ? 2 : 1;
}

// alone says whether nothing stands beside a value: no line leads there.
function alone(values: (number | null)[], i: number): boolean {
  return values[i] != null && values[i - 1] == null && values[i + 1] == null;
}

// points are how a line shows what no line leads to; where there is none, it shows nothing but itself. They stand at once: while figures
// move, a point that grows would begin anew again and again.
function points(values: (number | null)[], symbol: string, size: number | number[]): object {
  const shown = values.map((_, i) => alone(values, i));
  if (!shown.includes(true)) return { showSymbol: false };
  return { animation: false, showSymbol: true, showAllSymbol: true, symbol, symbolSize: (_: unknown, { dataIndex }: { dataIndex: number }) => (shown[dataIndex] ? size : 0) };
}

function draw(holder: HTMLElement): void {
  const name = holder.dataset.chart ?? "";
  const rows = lines(name);
  const style = getComputedStyle(document.documentElement);
  const color = (variable: string): string => style.getPropertyValue(variable).trim();
  const fontSize = 0.75 * parseFloat(style.fontSize);
  const text = { color: color("--chart-text"), fontSize, fontFamily: style.fontFamily };
  const compared = rows.some((row) => row.earlierCount !== null);
  const scored = holder.dataset.chart === "trend";
  const scores = rows.map((row) => row.score).filter((score): score is number => score !== null);
  const lowest = Math.max(0, Math.floor(Math.min(10, ...scores) - 0.25));
  const most = mostOf(rows);
  const parts = partsOf(holder, most);
  const step = stepOf(most, parts);
  const [earlier, score] = [rows.map((row) => row.earlierCount), rows.map((row) => row.score)];
  let chart = drawn.get(holder);
  if (!chart) {
    chart = init(holder, null, { renderer: "canvas" });
    drawn.set(holder, chart);
    sizes.observe(holder);
    holder.classList.add("filled");
  }
  holder.dataset.parts = String(parts);
  const axis = { type: "value", axisLabel: { ...text, formatter: amount }, splitLine: { lineStyle: { color: color("--chart-grid") } } } as const;
  chart.setOption(
    {
      animation: !still.matches,
      animationDuration: 300,
      textStyle: text,
      grid: { left: 4, right: 4, top: 12, bottom: 4 },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, backgroundColor: color("--paper"), borderColor: color("--line"),
        textStyle: { ...text, color: color("--ink") }, axisPointer: { type: "line", lineStyle: { color: color("--chart-text") } },
        formatter: (points: unknown) => tell(rows[(points as { dataIndex: number }[])[0]?.dataIndex ?? 0]),
      },
      xAxis: {
        type: "category", data: rows.map((row) => row.label), axisTick: { show: false },
        axisLine: { lineStyle: { color: color("--chart-grid") } }, axisLabel: { ...text, hideOverlap: true },
      },
      yAxis: [{ ...axis, min: 0, max: step * parts, interval: step }, { ...axis, show: scored, min: lowest, max: 10, interval: (10 - lowest) / parts, splitLine: { show: false }, axisLabel: { ...text, formatter: (n: number) => String(Math.round(n * 100) / 100) } }],
      series: [
        { type: "bar", data: rows.map((row) => row.count), itemStyle: { color: color("--chart-bars"), borderRadius: [2, 2, 0, 0] }, barMaxWidth: 28, barCategoryGap: "30%" },
        ...(compared ? [{
          type: "line" as const, data: earlier, ...points(earlier, "rect", [36, 2]), lineStyle: { color: color("--chart-dashes"), type: "dashed" as const, width: 1.5 },
          itemStyle: { color: color("--chart-dashes") },
        }] : []),
        ...(scored ? [{
          type: "line" as const, yAxisIndex: 1, clip: false, data: score, ...points(score, "circle", 6), connectNulls: false,
          lineStyle: { color: color("--chart-line"), width: 2 }, itemStyle: { color: color("--chart-line") },
        }] : []),
      ],
    },
    { notMerge: true },
  );
}

// tell is what the tooltip says of a row.
function tell(row: Line | undefined): string {
  if (!row) return "";
  const said = [row.label, `评价数 ${amount(row.count ?? 0)}`];
  if (row.score !== null) said.push(`平均分 ${row.score.toFixed(2)}`);
  if (row.earlier && row.earlierCount !== null) said.push(`${row.earlier} ${amount(row.earlierCount)}`);
  return said.join("\n");
}

function drawAll(within: ParentNode = document): void {
  for (const [holder, chart] of drawn) {
    if (holder.isConnected) continue;
    sizes.unobserve(holder);
    chart.dispose();
    drawn.delete(holder);
  }
  for (const holder of within.querySelectorAll<HTMLElement>("[data-chart]")) draw(holder);
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const holder = target as HTMLElement;
    drawn.get(holder)?.resize();
    if (drawn.has(holder) && holder.dataset.parts !== String(partsOf(holder, mostOf(lines(holder.dataset.chart ?? ""))))) draw(holder);
  }
});

drawAll();
document.addEventListener("changed", (event) => drawAll(event.target as Element));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll());
let size = "";
function followType(): void {
  const now = getComputedStyle(document.documentElement).fontSize;
  if (now !== size) drawAll();
  size = now;
}
new MutationObserver(followType).observe(document.documentElement, { attributeFilter: ["class"] });
addEventListener("resize", followType); // on a large wall type is as large as the screen lets it be

// Paper is narrower than the screen.
const paperWidth = 660;
addEventListener("beforeprint", () => {
  for (const chart of drawn.values()) chart.resize({ width: paperWidth });
});
addEventListener("afterprint", () => {
  for (const chart of drawn.values()) chart.resize({ width: "auto" });
});
