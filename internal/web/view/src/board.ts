// What makes the public board move and handy where scripts run. Everything is there without it.
import { copy } from "./copy";
import { follow } from "./live";
import { growOld } from "./updated";

const root = document.documentElement;
root.classList.add("scripted");

// Only one of the small windows is open at a time; Escape and a click elsewhere close it.
const windows = "details.tool, details.menu";

function closeAll(but?: Element | null): void {
  for (const open of document.querySelectorAll<HTMLDetailsElement>("details.tool[open], details.menu[open]")) {
    if (open !== but) open.open = false;
  }
}

document.addEventListener("click", (event) => closeAll((event.target as Element).closest(windows)));
document.addEventListener("focusin", (event) => closeAll((event.target as Element).closest(windows)));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector<HTMLDetailsElement>("details.tool[open], details.menu[open]");
  if (!open) return;
  const within = open.contains(document.activeElement);
  closeAll();
  if (within) open.querySelector("summary")?.focus();
});

// The code of a frame, with the whole address, into the clipboard.
document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
  const code = button && document.getElementById(button.dataset.copy ?? "");
  if (button && code) void copy(button, code);
});

// Days in the wrong order are told before they are sent.
function checkDays(form: HTMLFormElement): void {
  const [from, to] = ["from", "to"].map((name) => form.elements.namedItem(name) as HTMLInputElement);
  to?.setCustomValidity(from && from.value && to.value && from.value > to.value ? "结束日期早于开始日期" : "");
}
for (const moment of ["input", "change"]) {
  document.addEventListener(moment, (event) => {
    const form = (event.target as Element).closest<HTMLFormElement>("form.pick");
    if (form) checkDays(form);
  });
}

// While the next page is on its way, this one waits visibly.
document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest("a");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute("download") || link.hash || link.origin !== location.origin) return;
  document.body.classList.add("leaving");
  setTimeout(arrive, 15_000); // whoever stopped it reads on
});
const arrive = (): void => document.body.classList.remove("leaving");
addEventListener("pageshow", arrive);

// Large type is remembered on this device alone: the page is the same for everybody.
const size = document.querySelector<HTMLButtonElement>("#size");
const shelf = "haochaping-size";

function enlarge(large: boolean): void {
  root.classList.toggle("large", large);
  size?.setAttribute("aria-pressed", String(large));
}

function remembered(): string | null {
  try {
    return localStorage.getItem(shelf);
  } catch {
    return null;
  }
}

if (size) {
  size.hidden = false;
  enlarge(remembered() === "large");
  size.addEventListener("click", () => {
    const large = !root.classList.contains("large");
    enlarge(large);
    try {
      localStorage.setItem(shelf, large ? "large" : "normal");
    } catch {
      // not remembered, then
    }
  });
}

growOld();
follow();
