// When the figures were read, in words that grow old with them; and, rarely, aloud.

const line = document.querySelector<HTMLElement>("#updated");
const time = line?.querySelector("time");
const ago = line?.querySelector<HTMLElement>("[data-ago]");
const spoken = document.querySelector<HTMLElement>("#spoken");
const speakEvery = 60_000;

let at = new Date(time?.dateTime ?? "").getTime();
let spokenAt = Date.now();
let changed = false;

function show(): void {
  if (!ago || Number.isNaN(at)) return;
  const minutes = Math.floor((Date.now() - at) / 60_000);
  ago.textContent = minutes < 1 ? "刚刚更新" : minutes < 60 ? `${minutes}分钟前更新` : "更新";
  if (changed && Date.now() - spokenAt >= speakEvery) speak();
}

// speak says what counts to who can't see it move.
function speak(): void {
  const counted = document.querySelector<HTMLElement>("[data-spoken]");
  if (!spoken || !counted) return;
  spoken.textContent = `数据已更新，${counted.dataset.spoken} ${counted.textContent} 条`;
  spokenAt = Date.now();
  changed = false;
}

// heard takes note of figures that were read at a moment; words are how people write it.
export function heard(moment: string, words: string): void {
  const read = new Date(moment).getTime();
  if (!time || Number.isNaN(read)) return;
  at = read;
  changed = true;
  time.dateTime = moment;
  time.textContent = words;
  show();
}

// live says whether changes come by themselves.
export function live(on: boolean): void {
  document.documentElement.classList.toggle("live", on);
}

export function growOld(): void {
  show();
  setInterval(show, 10_000);
}
