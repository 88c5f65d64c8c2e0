import type { DatabaseSync } from "node:sqlite";
import { PlanciaError } from "../../core/errors.ts";
import type { OpenDatabase, RecordsDatabase } from "./database.ts";
import { needsReopening, workingError } from "./sqlite-errors.ts";

/** A piece of work on the database, alone with it while it runs. */
export type Work<T> = (db: RecordsDatabase) => Promise<T>;

/** `join`: may share its commit with others that wait beside it, so that all of them wait for one fsync. */
export type Company = "alone" | "join";

/** Pieces of work in one commit at most: beyond, the first of them would wait for too long. */
const mostTogether = 64;

interface Job {
  readonly work: Work<unknown>;
  readonly company: Company;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * Who uses the database when: one after the other in the order given. Neighbours that may join run in one
 * transaction, each in a savepoint of its own, and are answered after its commit: nobody hears of anything
 * that is not on the disk (R5).
 */
export class Turns {
  readonly #reopen: () => Promise<OpenDatabase>;
  readonly #waiting: Job[] = [];
  #open: OpenDatabase | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  /** @param reopen after an error that leaves the handle without trust (F6) */
  constructor(open: OpenDatabase, reopen: () => Promise<OpenDatabase>) {
    this.#open = open;
    this.#reopen = reopen;
  }

  /** @throws what `work` throws, in the catalogue's words; store/unavailable. */
  take<T>(work: Work<T>, company: Company): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, company, resolve: resolve as Job["resolve"], reject });
      this.#running ??= this.#run();
    });
  }

  /** After what waits now. What comes later is refused. */
  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    this.#closed = true;
    await this.#open?.db.destroy();
    this.#open = undefined;
  }

  async #run(): Promise<void> {
    // What was asked in the same breath has come by then.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#serve(this.#next());
    this.#running = undefined;
  }

  #next(): readonly Job[] {
    const end = this.#waiting.findIndex(({ company }) => company === "alone");
    const joining = end < 0 ? this.#waiting.length : end;
    return this.#waiting.splice(0, Math.min(Math.max(1, joining), mostTogether));
  }

  async #serve(jobs: readonly Job[]): Promise<void> {
    try {
      if (this.#closed) throw new PlanciaError("store/unavailable", "The records are closed");
      this.#open ??= await this.#reopen();
      const [only] = jobs;
      if (jobs.length === 1 && only) only.resolve(await only.work(this.#open.db));
      else settle(jobs, await together(this.#open, jobs));
    } catch (error) {
      // F6: after a failed fsync the handle's idea of the file is not to be trusted.
      if (needsReopening(error)) await this.#abandon();
      for (const job of jobs) job.reject(workingError(error));
    }
  }

  async #abandon(): Promise<void> {
    await this.#open?.db.destroy().catch(() => undefined);
    this.#open = undefined;
  }
}

function settle(jobs: readonly Job[], outcomes: readonly Outcome[]): void {
  jobs.forEach((job, i) => {
    const outcome = outcomes[i];
    if (outcome && "value" in outcome) job.resolve(outcome.value);
    else job.reject(workingError(outcome?.error));
  });
}

/** @throws where none of it took effect. */
async function together({ db, database }: OpenDatabase, jobs: readonly Job[]): Promise<readonly Outcome[]> {
  database.exec("BEGIN IMMEDIATE");
  try {
    const outcomes: Outcome[] = [];
    for (const { work } of jobs) outcomes.push(await within(database, () => work(db)));
    database.exec("COMMIT");
    return outcomes;
  } catch (error) {
    if (database.isOpen && database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** One that fails leaves nothing behind and the others alone; where all is lost with it, it throws. */
async function within(database: DatabaseSync, work: () => Promise<unknown>): Promise<Outcome> {
  database.exec("SAVEPOINT one");
  try {
    const value = await work();
    database.exec("RELEASE one");
    return { value };
  } catch (error) {
    // After some errors (full disk, I/O) SQLite has rolled all of it back already.
    if (!database.isTransaction || needsReopening(error)) throw error;
    database.exec("ROLLBACK TO one");
    database.exec("RELEASE one");
    return { error };
  }
}
