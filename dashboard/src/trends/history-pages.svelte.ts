import { NoAnswer, Refusal } from "../api/client.ts";
import type { HistoryAnswer, JsonValue } from "../api/wire.ts";
import { session } from "../session/session.svelte.ts";
import type { TrendWindow } from "./trend-window.ts";

export const rowsPerPage = 200;

export interface HistoryRow {
  readonly tag: string;
  readonly timeMs: number;
  readonly value: JsonValue;
  readonly status: number;
}

export interface HistoryQuestion {
  readonly tags: readonly string[];
  /** Held still while paging: `next` is only good for the same question. */
  readonly window: TrendWindow;
}

/** Raw samples in pages; the way back is kept, since `next` leads only forward. */
export class HistoryPages {
  rows = $state.raw<readonly HistoryRow[] | undefined>(undefined);
  error = $state.raw<Refusal | NoAnswer | undefined>(undefined);
  loading = $state(false);
  /** Counts from 1. */
  page = $state(1);
  next = $state.raw<string | undefined>(undefined);
  question = $state.raw<HistoryQuestion | undefined>(undefined);
  #cursors: (string | undefined)[] = [undefined];
  #turn = 0;

  async open(question: HistoryQuestion): Promise<void> {
    this.question = question;
    this.#cursors = [undefined];
    this.rows = undefined;
    await this.#show(1);
  }

  async forward(): Promise<void> {
    if (this.next === undefined || this.loading) return;
    this.#cursors[this.page] = this.next;
    await this.#show(this.page + 1);
  }

  async back(): Promise<void> {
    if (this.page > 1 && !this.loading) await this.#show(this.page - 1);
  }

  async retry(): Promise<void> {
    await this.#show(this.page);
  }

  async #show(page: number): Promise<void> {
    if (!this.question) return;
    this.#turn += 1;
    const turn = this.#turn;
    this.loading = true;
    try {
      const answer = await ask(this.question, this.#cursors[page - 1]);
      if (turn !== this.#turn) return;
      this.rows = rowsOf(answer);
      this.next = answer.next;
      this.page = page;
      this.error = undefined;
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.loading = false;
    }
  }
}

function ask({ tags, window }: HistoryQuestion, next: string | undefined): Promise<HistoryAnswer> {
  const query = new URLSearchParams({
    tags: tags.join(","),
    start: new Date(window.fromMs).toISOString(),
    end: new Date(window.toMs).toISOString(),
    limit: String(rowsPerPage),
    ...(next === undefined ? {} : { next }),
  });
  return session.call<HistoryAnswer>(`/history?${query}`, { timeoutMs: 30_000 });
}

/** One row a sample, tag after tag as the answer has them. */
export function rowsOf(answer: HistoryAnswer): readonly HistoryRow[] {
  return answer.series.flatMap(({ tag, points }) =>
    points.map(([timeMs, value, status]) => ({ tag, timeMs, value, status })),
  );
}
