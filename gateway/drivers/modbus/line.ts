import type { Wire } from "./bus.ts";

export interface LineEvents {
  data(chunk: Uint8Array): void;
  /** Bytes that had to wait have left. */
  drained(): void;
  /** The connection is gone; once, and not after `close`. */
  lost(why: string): void;
}

/** What carries the bytes of one channel: a TCP connection or a serial port. */
export interface Line extends Wire {
  /** Ends it at once; resolves when the system has it back. */
  close(): Promise<void>;
}
