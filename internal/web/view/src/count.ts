// Numbers that count up instead of jumping, where people like things to move.

const still = matchMedia("(prefers-reduced-motion: reduce)");
const lasts = 900;
const running = new WeakMap<Element, number>();

// whole writes a count as the server does: 1,234,567.
export function whole(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function count(element: Element, from: number, to: number): void {
  const before = running.get(element);
  if (before !== undefined) cancelAnimationFrame(before);
  if (still.matches || document.hidden || !(from < to)) {
    element.textContent = whole(to);
    return;
  }
  const began = performance.now();
  const step = (now: number): void => {
    const part = Math.min(1, Math.max(0, (now - began) / lasts));
    element.textContent = whole(from + (to - from) * (1 - (1 - part) ** 3));
    if (part < 1) running.set(element, requestAnimationFrame(step));
    else running.delete(element);
  };
  running.set(element, requestAnimationFrame(step));
}
