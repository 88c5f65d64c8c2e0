import { NoAnswer, Refusal } from "../api/client.ts";
import type { CommandProblem } from "../api/wire.ts";
import type { TrendWindow } from "./trend-window.ts";

export interface CsvOrder {
  readonly tags: readonly string[];
  readonly window: TrendWindow;
  readonly token: string;
  readonly signal: AbortSignal;
}

/**
 * Every sample of the window as the gateway writes it. The token goes in a header and never in the
 * address, so the answer is taken as a blob. @throws Refusal, NoAnswer; also when `signal` ends it.
 */
export async function fetchCsv(order: CsvOrder): Promise<Blob> {
  const query = new URLSearchParams({
    tags: order.tags.join(","),
    start: new Date(order.window.fromMs).toISOString(),
    end: new Date(order.window.toMs).toISOString(),
    format: "csv",
  });
  try {
    const response = await fetch(`api/v1/history?${query}`, {
      headers: { accept: "text/csv, application/problem+json", authorization: `Bearer ${order.token}` },
      signal: order.signal,
      credentials: "same-origin",
      cache: "no-store",
    });
    if (response.ok) return await response.blob();
    const problem: unknown = await response.json();
    if (isProblem(problem)) throw new Refusal(problem);
    throw new Error(`HTTP ${response.status}`);
  } catch (error) {
    throw error instanceof Refusal ? error : new NoAnswer(error);
  }
}

function isProblem(answer: unknown): answer is CommandProblem {
  return typeof answer === "object" && answer !== null && "code" in answer && "title" in answer;
}

/** `furnace-temperature-2026-11-22T21-04.csv`; several tags: that of the first and how many more. */
export function csvName(tags: readonly string[], fromMs: number): string {
  const [first = "history", ...more] = tags;
  const time = new Date(fromMs).toISOString().slice(0, 16).replace(":", "-");
  const rest = more.length > 0 ? `-and-${more.length}-more` : "";
  return `${first.replace("/", "-")}${rest}-${time}Z.csv`;
}

/** Hands a file to the browser, which keeps it where downloads go. */
export function saveFile(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  // The browser takes the blob when the click is handled, not during it.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
