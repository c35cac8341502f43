// Figures that change while one looks: the server's stream of changes, or the page again every ten seconds where that
// stream does not come through.
import { change } from "./patch";
import { heard, live } from "./updated";

interface Change {
  blocks: Record<string, string>;
  version: string;
  at: string;
  updated: string;
}

const pollEvery = 10_000;
const tryAgainAfter = 20_000;
const openWithin = 10_000; // what is between may hold the stream back
const silentAfter = 45_000; // a stream that beats is dead when it is silent for so long
const hiddenAfter = 60_000; // nobody looks for so long: the connection is let go

const main = document.querySelector<HTMLElement>("main[data-live]");
let source: EventSource | undefined;
let polls: number | undefined;
let tag = "";
let silence: number | undefined;
let again: number | undefined;

export function follow(): void {
  if (!main?.dataset.live) return;
  listen();
  // A browser that keeps this page for the way back must not keep its connection: it has few for a site.
  addEventListener("pagehide", rest);
  addEventListener("pageshow", (event) => {
    if (event.persisted) listen(true);
  });
  let leaving: number | undefined;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(leaving);
    if (document.hidden) leaving = setTimeout(rest, hiddenAfter);
    else if (!source && polls === undefined) listen(true);
  });
}

// rest asks for nothing until somebody looks again.
function rest(): void {
  close();
  stopPolling();
  live(false);
}

function close(): void {
  clearTimeout(silence);
  clearTimeout(again);
  source?.close();
  source = undefined;
}

function listen(missed = false): void {
  close();
  if (!("EventSource" in window)) {
    startPolling();
    return;
  }
  const stream = new EventSource(main?.dataset.live ?? "");
  source = stream;
  silence = setTimeout(startPolling, openWithin);
  if (missed) void poll();
  stream.onopen = () => {
    clearTimeout(silence);
    stopPolling();
    live(true);
  };
  stream.addEventListener("beat", () => {
    clearTimeout(silence);
    silence = setTimeout(() => lost(true), silentAfter);
  });
  stream.addEventListener("change", (event) => {
    const { blocks, version, at, updated } = JSON.parse((event as MessageEvent<string>).data) as Change;
    for (const [name, text] of Object.entries(blocks)) {
      const holder = document.createElement("template");
      holder.innerHTML = text;
      replace(name, holder.content.firstElementChild);
    }
    if (main?.dataset.live) main.dataset.live = main.dataset.live.replace(/([?&]since=)[^&]*/, "$1" + version);
    heard(at, updated);
  });
  stream.onerror = () => lost(stream.readyState === EventSource.CLOSED);
}

// lost begins to poll. A stream that ended is tried again later; one that broke comes back by itself.
function lost(ended: boolean): void {
  startPolling();
  if (!ended) return;
  close();
  again = setTimeout(() => listen(), tryAgainAfter * (0.5 + Math.random()));
}

function startPolling(): void {
  live(false);
  if (polls !== undefined) return;
  polls = setInterval(() => void poll(), pollEvery);
}

function stopPolling(): void {
  clearInterval(polls);
  polls = undefined;
}

async function poll(): Promise<void> {
  try {
    const answer = await fetch(main?.dataset.here ?? "", { headers: tag ? { "If-None-Match": tag } : {}, credentials: "same-origin" });
    if (answer.status !== 200) return;
    tag = answer.headers.get("ETag") ?? "";
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const block of document.querySelectorAll("main section[id]")) replace(block.id, page.getElementById(block.id));
    const next = page.querySelector<HTMLElement>("main[data-live]");
    if (main && next) main.dataset.live = next.dataset.live; // the stream goes on from here
    const time = page.querySelector("#updated time");
    if (time) heard(time.getAttribute("datetime") ?? "", time.textContent ?? "");
  } catch {
    // the next one may come through
  }
}

function replace(name: string, next: Element | null | undefined): void {
  const old = document.getElementById(name);
  if (!old || !next) return;
  change(old, next);
  old.dispatchEvent(new CustomEvent("changed", { bubbles: true }));
}
