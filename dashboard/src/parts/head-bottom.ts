/** The lower edge of the heads with the stop requests, px: a dialog's veil starts there (R10). */
export function headBottom(): number {
  const heads = [...document.querySelectorAll("[data-machine-head]")];
  return Math.max(0, ...heads.map((head) => head.getBoundingClientRect().bottom));
}
