// The counter's tablet: reviews wait on the device while the network is gone, and are sent once when it is back.

interface Waiting {
  address: string;
  body: string;
}

const shelf = "haochaping-waiting";
const thanksPage = "/ping/pb/thanks.html";
const retryEvery = 10_000;
const leftAfter = 120_000; // since the form was touched last

// A review that waits keeps its own moment, so sending it twice stores it once (contract.md 6).
function moment(): string {
  const beijing = new Date(Date.now() + 8 * 3600_000).toISOString();
  return beijing.slice(0, 19).replace(/\D/g, "");
}

function waiting(): Waiting[] {
  try {
    return JSON.parse(localStorage.getItem(shelf) ?? "[]") as Waiting[];
  } catch {
    return [];
  }
}

// A device that is full, or that may keep nothing, refuses.
function keep(list: Waiting[]): boolean {
  try {
    localStorage.setItem(shelf, JSON.stringify(list));
    return true;
  } catch {
    return false;
  }
}

// Refusals that are about the moment or the way there, not about the review.
const passing = [401, 407, 408, 425, 429];

// settled says whether the server has judged a review: stored, known, or not acceptable. Anything else, such as the page of
// a network that wants a login, is tried again.
async function settled(one: Waiting): Promise<boolean> {
  try {
    const answer = await fetch(one.address, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
      body: one.body,
      credentials: "same-origin",
    });
    return answer.status === 204 || (answer.status >= 400 && answer.status < 500 && !passing.includes(answer.status));
  } catch {
    return false;
  }
}

let sending = false;

async function sendWaiting(): Promise<void> {
  if (sending) return;
  sending = true;
  try {
    for (let first = waiting()[0]; first; first = waiting()[0]) {
      if (!(await settled(first))) return;
      // Another tab may have sent the same meanwhile: then the first one is another by now.
      if (!keep(waiting().filter((one) => one.address !== first.address || one.body !== first.body))) return;
    }
  } finally {
    sending = false;
  }
}

export function tablet(form: HTMLFormElement, complete: (form: HTMLFormElement) => boolean): void {
  form.addEventListener("submit", (event) => {
    if (!complete(form)) {
      event.preventDefault();
      return;
    }
    const at = form.querySelector<HTMLInputElement>("input[name=at]");
    if (at) at.value = moment();
    const body = new URLSearchParams(new FormData(form) as unknown as Record<string, string>).toString();
    if (!keep([...waiting(), { address: form.action, body }])) return; // it goes as it would without scripts
    event.preventDefault();
    form.reset();
    location.assign(thanksPage);
  });
  // A page that the browser kept whole holds what the last person saw.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  let leaving = 0;
  for (const touched of ["input", "keydown", "pointerdown"]) {
    form.addEventListener(touched, () => {
      clearTimeout(leaving);
      leaving = setTimeout(() => forget(form), leftAfter);
    });
  }
}

// forget empties a form that somebody began and left, so that the next person does not read it. What the page came with may be his,
// too, so that reset would not do.
function forget(form: HTMLFormElement): void {
  for (const input of form.querySelectorAll("input")) input.checked = false;
  for (const more of form.querySelectorAll("details")) more.open = false;
  const remark = form.querySelector("textarea");
  if (remark) remark.value = "";
  remark?.dispatchEvent(new Event("input")); // which counts it
  scrollTo(0, 0);
}

export function keepSending(): void {
  if (!waitingIsPossible()) return;
  void sendWaiting();
  addEventListener("online", () => void sendWaiting());
  setInterval(() => void sendWaiting(), retryEvery);
  if ("serviceWorker" in navigator) void navigator.serviceWorker.register("/ping/pb/worker.js", { scope: "/ping/pb/" });
}

// goOn leaves a page by itself; without scripts the page's head does it.
export function goOn(): void {
  const { then, after } = document.documentElement.dataset;
  if (then) setTimeout(() => location.replace(then), Number(after) * 1000);
}

function waitingIsPossible(): boolean {
  try {
    return document.documentElement.classList.contains("tablet") && "localStorage" in window;
  } catch {
    return false;
  }
}
