// What makes the citizen's pages nicer where scripts run. Everything works without it.
import { copy } from "./copy";
import { goOn, keepSending, tablet } from "./tablet";

const at = <T extends Element>(selector: string): T | null => document.querySelector<T>(selector);
const form = at<HTMLFormElement>("#rate");

// The remark counts characters as people do: an emoji is one, not two.
function countCharacters(text: string): number {
  return Array.from(text.trim()).length;
}

function watchRemark(area: HTMLTextAreaElement): void {
  const most = Number(area.dataset.most);
  const shown = at<HTMLElement>("[data-count]");
  const show = (): void => {
    const count = countCharacters(area.value);
    if (shown) {
      shown.textContent = `${count}/${most}`;
      shown.className = count > most ? "over" : "muted";
    }
  };
  area.addEventListener("input", () => {
    show();
    if (fits(area)) complain(area, false);
  });
  show();
}

function fits(area: HTMLTextAreaElement): boolean {
  return countCharacters(area.value) <= Number(area.dataset.most);
}

// complain says, or no longer says, that the remark is too long.
function complain(area: HTMLTextAreaElement, wrong: boolean): void {
  const problem = at<HTMLElement>("#remark-problem");
  if (problem) problem.hidden = !wrong;
  area.setAttribute("aria-invalid", String(wrong));
  area.setAttribute("aria-describedby", wrong ? "remark-problem count" : "count");
}

// A form without a star is not sent: it says so at the stars.
function starChosen(target: HTMLFormElement): boolean {
  if (target.querySelector("input[name=stars]:checked")) return true;
  const missing = at<HTMLElement>("#choose");
  if (missing) missing.hidden = false;
  at<HTMLElement>("#s1")?.focus();
  at<HTMLElement>(".stars")?.scrollIntoView({ block: "nearest" });
  return false;
}

// What the server would not take is not sent: a tablet thanks before it has asked.
function complete(target: HTMLFormElement): boolean {
  if (!starChosen(target)) return false;
  if (!area || fits(area)) return true;
  complain(area, true);
  area.focus();
  return false;
}

// deliver sends the form without leaving the page, so that nothing typed is lost where there is no network. It says
// whether anybody answered. Sending the same again is harmless: it is stored once.
async function deliver(target: HTMLFormElement): Promise<boolean> {
  let answer: Response;
  try {
    const body = new URLSearchParams(new FormData(target) as unknown as Record<string, string>);
    answer = await fetch(target.action, { method: "POST", body, credentials: "same-origin" });
  } catch {
    return false;
  }
  if (answer.redirected) location.assign(answer.url);
  else target.submit(); // what the server says is a page
  return true;
}

// How long somebody waits for an answer until he is told that none has come.
const patience = 12_000;

// A second tap on the button sends nothing again, unless nobody answers: that is said, and what is sent again is stored once.
function watchSubmit(target: HTMLFormElement): void {
  const button = at<HTMLButtonElement>("#send");
  const unreached = at<HTMLElement>("#unreached");
  let changing = false; // the language: the page comes again with what was written
  at("#language")?.addEventListener("click", () => (changing = true));
  target.addEventListener("submit", (event) => {
    if (changing) return;
    event.preventDefault();
    if (button?.getAttribute("aria-disabled") === "true" || !complete(target)) return;
    button?.setAttribute("aria-disabled", "true");
    if (unreached) unreached.hidden = true;
    const unanswered = (): void => {
      button?.removeAttribute("aria-disabled");
      if (unreached) unreached.hidden = false;
    };
    const late = setTimeout(unanswered, patience); // an answer that comes after all leads on
    void deliver(target).then((reached) => {
      clearTimeout(late);
      if (!reached) unanswered();
    });
  });
  // Back from the next page the form can be sent again.
  addEventListener("pageshow", () => {
    changing = false;
    button?.removeAttribute("aria-disabled");
  });
}

// Larger text at once, without losing what was typed. The tool is a link, or a button of the form that is being filled in.
function watchSize(tool: HTMLElement): void {
  const name = tool.hasAttribute("href") ? "href" : "formaction";
  tool.addEventListener("click", (event) => {
    event.preventDefault();
    const next = new URL(tool.getAttribute(name) ?? "", location.href);
    void fetch(next.toString(), { redirect: "manual", credentials: "same-origin", keepalive: true });
    const large = document.documentElement.classList.toggle("large");
    const other = large ? "normal" : "large";
    tool.textContent = tool.dataset[other] ?? tool.textContent;
    next.searchParams.set("size", other);
    tool.setAttribute(name, next.toString());
  });
}

function watchCopy(button: HTMLButtonElement): void {
  const code = at<HTMLElement>("#code");
  if (!code) return;
  button.hidden = false;
  button.addEventListener("click", () => void copy(button, code));
}

// Of several answers the one that was written in last goes along with another language.
function watchAnswer(answer: HTMLFormElement): void {
  answer.addEventListener("input", () => at("#language")?.setAttribute("form", answer.id));
}

document.querySelectorAll<HTMLFormElement>("form.answer").forEach(watchAnswer);
const area = at<HTMLTextAreaElement>("#remark");
if (area) watchRemark(area);
const size = at<HTMLElement>("#size");
if (size) watchSize(size);
const copier = at<HTMLButtonElement>("#copy");
if (copier) watchCopy(copier);
at<HTMLElement>("#problem")?.focus();
keepSending();
goOn();
if (form && "tablet" in form.dataset) tablet(form, complete);
else if (form && "fetch" in window) watchSubmit(form);
