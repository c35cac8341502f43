// Makes what stands on the page like what came from the server, and touches only what differs: what has the focus keeps it,
// what a person opened stays open, and a chart keeps its canvas.
import { count } from "./count";

// change makes the element like next, and gives the focus back if what had it is elsewhere now.
export function change(old: Element, next: Element): void {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const address = focused?.getAttribute("href");
  patch(old, next);
  if (!focused || (old.contains(focused) && focused.getAttribute("href") === address)) return;
  const again = address ? [...old.querySelectorAll<HTMLElement>("a[href]")].find((a) => a.getAttribute("href") === address) : null;
  (again ?? old.querySelector<HTMLElement>("a, summary"))?.focus({ preventScroll: true });
}

function patch(old: Element, next: Element): void {
  if (old.hasAttribute("data-kept")) return; // the script's own
  if (old instanceof HTMLElement && next instanceof HTMLElement && old.dataset.count !== next.dataset.count) {
    const from = Number(old.dataset.count);
    attributes(old, next);
    count(old, from, Number(next.dataset.count));
    return;
  }
  attributes(old, next);
  if (old instanceof HTMLElement && old.dataset.count !== undefined) return; // it may be counting still
  children(old, next);
}

function attributes(old: Element, next: Element): void {
  for (const { name, value } of [...next.attributes]) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
  }
}

function children(old: Element, next: Element): void {
  const wanted = [...next.childNodes];
  wanted.forEach((want, i) => {
    const have = old.childNodes[i];
    if (!have) {
      old.appendChild(want);
    } else if (have instanceof Element && want instanceof Element && have.nodeName === want.nodeName && have.id === want.id) {
      patch(have, want);
    } else if (have.nodeType === Node.TEXT_NODE && want.nodeType === Node.TEXT_NODE) {
      if (have.nodeValue !== want.nodeValue) have.nodeValue = want.nodeValue;
    } else {
      old.replaceChild(want, have);
    }
  });
  while (old.childNodes.length > wanted.length) old.lastChild?.remove();
}
