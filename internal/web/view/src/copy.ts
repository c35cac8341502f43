// copy hands what an element shows to the clipboard, by the old way where the new one is missing or refused, as in an app's own
// browser, and the button says how it went. The text stays selected for whoever must do it by himself.
export async function copy(button: HTMLElement, from: HTMLElement): Promise<void> {
  const area = from instanceof HTMLTextAreaElement ? from : undefined;
  if (area) area.select();
  else getSelection()?.selectAllChildren(from);
  let copied = true;
  try {
    await navigator.clipboard.writeText(area?.value ?? from.textContent ?? "");
  } catch {
    copied = document.execCommand("copy");
  }
  button.textContent = (copied ? button.dataset.done : button.dataset.refused) ?? button.textContent;
}
