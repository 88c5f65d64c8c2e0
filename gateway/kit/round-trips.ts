const kept = 256;

/** Round-trip times of the last 256 requests, for the devices page and the metrics. */
export class RoundTrips {
  readonly #ring = new Float64Array(kept);
  #count = 0;

  add(ms: number): void {
    this.#ring[this.#count % kept] = ms;
    this.#count++;
  }

  /** Milliseconds, by nearest rank; undefined before the first. */
  summary(): { readonly median: number; readonly p99: number } | undefined {
    const length = Math.min(this.#count, kept);
    if (length === 0) return undefined;
    const sorted = this.#ring.slice(0, length).sort();
    const rank = (share: number) => sorted[Math.ceil(share * length) - 1] ?? 0;
    return { median: rank(0.5), p99: rank(0.99) };
  }
}
