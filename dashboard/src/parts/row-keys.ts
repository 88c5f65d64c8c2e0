/** Arrow keys, Home and End move the focus among the `[data-row]` elements inside. */
export function rowKeys(node: HTMLElement): () => void {
  function pressed(event: KeyboardEvent): void {
    const rows = [...node.querySelectorAll<HTMLElement>("[data-row]")];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return;
    const to = target(event.key, at, rows.length);
    if (to === undefined) return;
    event.preventDefault();
    rows[to]?.focus();
  }
  node.addEventListener("keydown", pressed);
  return () => node.removeEventListener("keydown", pressed);
}

function target(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case "ArrowDown":
    case "ArrowRight":
      return Math.min(count - 1, at + 1);
    case "ArrowUp":
    case "ArrowLeft":
      return Math.max(0, at - 1);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
