import type { HistoryTag } from "../../gateway/core/history-port.ts";

/** Tags whose samples are the numbers 0, 1, 2, …, number n at `baseMs` + n. */
export const numbered: readonly HistoryTag[] = Array.from({ length: 20 }, (_, handle) => ({
  handle,
  name: `chaos/t${handle}`,
  type: "uint32",
  formerly: [],
}));

export const baseMs = Date.UTC(2026, 0, 1);
