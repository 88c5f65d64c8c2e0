const mostLines = 500;
const mostCharacters = 256 * 1024;

/** The last lines of the log, kept in memory for whoever looks for a fault: bounded, oldest gone first. */
export class LogTail {
  readonly #lines: string[] = [];
  #characters = 0;

  take(line: string): void {
    const kept = line.trimEnd().slice(0, mostCharacters);
    this.#lines.push(kept);
    this.#characters += kept.length;
    while (this.#lines.length > mostLines || this.#characters > mostCharacters)
      this.#characters -= this.#lines.shift()?.length ?? 0;
  }

  lines(): readonly string[] {
    return [...this.#lines];
  }
}
