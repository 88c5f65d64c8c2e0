/** What the child of the reconnect test is told, as JSON. */
export interface ReconnectOrder {
  readonly driver: string;
  readonly settings: object;
  readonly points: readonly { readonly address: object | string; readonly type: string }[];
  /** Where the driver may keep files. */
  readonly folder: string;
  /** Connections before the first measure: code is compiled, caches are filled. */
  readonly warmUp: number;
  readonly rounds: number;
  /** Rounds from one measure of memory to the next. */
  readonly every: number;
  /** Bytes that are kept on purpose in each round. */
  readonly leakBytes: number;
}

export interface Handles {
  /** Of the event loop, timers left out. */
  readonly handles: number;
  /** Of the process, where the system tells; else 0. */
  readonly files: number;
}

export interface ReconnectReport {
  /** Heap and external memory in use after forced collection, bytes, by round. */
  readonly memory: readonly (readonly [round: number, bytes: number])[];
  readonly before: Handles;
  readonly after: Handles;
  readonly hoarded: number;
}

/** Bytes a round by Theil and Sen: the median of the slopes of all pairs, which a few outliers do not bend. */
export function slope(points: readonly (readonly [round: number, bytes: number])[]): number {
  const slopes = points.flatMap(([round, bytes], i) =>
    points.slice(i + 1).map(([later, more]) => (more - bytes) / (later - round)),
  );
  slopes.sort((a, b) => a - b);
  const middle = Math.floor(slopes.length / 2);
  const [low = 0, high = 0] = [slopes[slopes.length % 2 === 1 ? middle : middle - 1], slopes[middle]];
  return (low + high) / 2;
}
