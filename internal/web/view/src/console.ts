// The console works without scripts. This one tells how far an export is that the browser downloads, and sends a form once.

import { whole } from "./count";

const every = 1000; // ms
const patience = 10; // questions without an answer

interface Told { state: "unknown" | "running" | "done" | "failed"; rows: number; why?: string }

function id(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// said is where the links tell how far it is. What changes every second is not read aloud, how it ended is.
function said(links: Element): (text: string, ended: boolean) => void {
  const running = document.createElement("span");
  const end = document.createElement("span");
  end.setAttribute("role", "status");
  links.querySelectorAll(".progress").forEach((old) => old.remove());
  for (const element of [running, end]) {
    element.className = "progress";
    links.append(element);
  }
  return (text, ended) => {
    running.textContent = ended ? "" : text;
    end.textContent = ended ? text : "";
  };
}

async function follow(export_: string, tell: (text: string, ended: boolean) => void): Promise<void> {
  let silent = 0;
  tell("正在导出…", false);
  while (silent < patience) {
    await new Promise((go) => setTimeout(go, every));
    let told: Told = { state: "unknown", rows: 0 };
    try {
      const answer = await fetch("/console/exports/" + export_, { headers: { Accept: "application/json" } });
      if (answer.ok) told = await answer.json() as Told;
    } catch { /* asked again */ }
    switch (told.state) {
      case "running":
        silent = 0;
        tell(`已导出 ${whole(told.rows)} 行…`, false);
        break;
      case "done":
        tell(`已导出 ${whole(told.rows)} 行。`, true);
        return;
      case "failed":
        tell(told.why ?? "导出中断了，请重试。", true);
        return;
      default:
        silent++;
    }
  }
  tell("进度请看浏览器的下载列表。", true);
}

document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>(".exports a[download]");
  if (!link || event.defaultPrevented) return;
  const links = link.closest(".exports") as Element;
  const address = new URL(link.href);
  const export_ = id();
  address.searchParams.set("progress", export_);
  link.href = address.href;
  void follow(export_, said(links));
});

// A form that does something is sent once: of a double click the second would only be told that things have changed meanwhile. Who
// comes back to the page may send it again.
const sent = new WeakSet<HTMLFormElement>();
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.method !== "post" || event.defaultPrevented || event.submitter?.hasAttribute("formtarget")) return; // a preview may be sent again
  if (sent.has(form)) event.preventDefault();
  sent.add(form);
  setTimeout(() => sent.delete(form), 10_000); // its answer never came
});
addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => sent.delete(form)));

// words are an element's texts, its parts apart: 评价数 条.
function words(of: Element): string {
  return Array.from(of.childNodes, (node) => node.textContent?.trim() ?? "").filter(Boolean).join(" ");
}

// On a telephone a row is a card (the style sheet's part): each value says its column's name. Roles keep it a table for who listens.
function stack(table: HTMLTableElement): void {
  const heads = Array.from(table.tHead?.rows[0]?.cells ?? [], (cell) => cell.querySelector(".sr") ? "" : words(cell));
  if (table.querySelector("[colspan], [rowspan]")) return;
  table.classList.add("stacked");
  table.setAttribute("role", "table");
  for (const part of [table.tHead, ...Array.from(table.tBodies), table.tFoot]) part?.setAttribute("role", "rowgroup");
  for (const row of Array.from(table.rows)) {
    row.setAttribute("role", "row");
    Array.from(row.cells).forEach((cell, n) => {
      const head = cell.tagName === "TH";
      cell.setAttribute("role", head ? (cell.closest("thead") ? "columnheader" : "rowheader") : "cell");
      if (!head && heads[n]) cell.dataset.head = heads[n];
      cell.classList.toggle("blank", !cell.childElementCount && !words(cell));
    });
  }
}

document.querySelectorAll<HTMLTableElement>(".table > table:not(.settings)").forEach(stack);

// The menu of a telephone shows where one is.
const menu = document.querySelector<HTMLElement>(".menu ul");
const here = menu?.querySelector<HTMLElement>("[aria-current]");
if (menu && here && menu.scrollWidth > menu.clientWidth) menu.scrollLeft = here.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;
