import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { LogLine } from "./messages.ts";

/** Lines of one thread in one second; more are counted and left out. */
const mostPerSecond = 100;

/** The log of a driver's thread: lines go to the gateway's, which hides what must not be shown. */
export class ThreadLog {
  readonly #clock: Clock;
  readonly #tell: (line: LogLine) => void;
  #second = 0;
  #lines = 0;
  #leftOut = 0;

  constructor(clock: Clock, tell: (line: LogLine) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** @param channel whose lines these are; undefined: the thread's own */
  of(channel: number | undefined, more: object = {}): Log {
    const at = (level: LogLine["level"]) => (fields: object, message: string) =>
      this.#line({ type: "log", channel, level, fields: { ...more, ...fields }, message });
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (fields) => this.of(channel, { ...more, ...fields }),
    };
  }

  #line(line: LogLine): void {
    const second = Math.floor(this.#clock.monotonicMs() / 1000);
    if (second !== this.#second) {
      const fields = { lines: this.#leftOut };
      this.#second = second;
      this.#lines = 0;
      this.#leftOut = 0;
      if (fields.lines > 0) this.#send({ ...line, level: "warn", fields, message: "lines of this driver left out" });
    }
    this.#lines++;
    if (this.#lines <= mostPerSecond) this.#send(line);
    else this.#leftOut++;
  }

  /** What cannot cross (a function, a socket) crosses as text. */
  #send(line: LogLine): void {
    try {
      this.#tell(line);
    } catch {
      const fields = Object.fromEntries(Object.entries(line.fields).map(([name, value]) => [name, String(value)]));
      this.#tell({ ...line, fields });
    }
  }
}
