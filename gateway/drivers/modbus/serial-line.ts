import type { SerialPort } from "serialport";
import type { Timers } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { Line, LineEvents } from "./line.ts";
import type { SerialSettings } from "./settings.ts";

/** How often an open port is asked whether it is still there. */
const lookEveryMs = 500;

const words: readonly (readonly [RegExp, string])[] = [
  [/No such file|File not found/i, "there is no such port"],
  [/Permission denied|Access denied/i, "this user may not open it (on Linux: group dialout)"],
  [/lock port|busy|temporarily unavailable/i, "another program has it open"],
  [/Input\/output error|hung up/i, "the serial port is gone"],
  [/Inappropriate ioctl|Not a (typewriter|tty)/i, "this is no serial port"],
];

/** The error of a port in words a person can act on. */
export function portErrorText(error: Error): string {
  return words.find(([pattern]) => pattern.test(error.message))?.[1] ?? error.message;
}

/** One serial port, opened for ourselves alone: bytes in and out, and its end told once. */
export class SerialLine implements Line {
  readonly #port: SerialPort;
  #unsent = 0;
  #closing = false;
  readonly #events: LineEvents;
  readonly #timers: Timers;
  #cancelLook = () => {};

  private constructor(port: SerialPort, timers: Timers, events: LineEvents) {
    this.#port = port;
    this.#events = events;
    this.#timers = timers;
    let failure = "the serial port is gone";
    port.on("data", (chunk: Uint8Array) => events.data(chunk));
    port.on("error", (error) => {
      failure = portErrorText(error);
    });
    port.on("close", () => {
      this.#cancelLook();
      if (!this.#closing) events.lost(failure);
    });
    this.#lookLater();
  }

  /** @throws PlanciaError device/connection-lost. The system cannot be called off: `signal` is looked at afterwards. */
  static async open(
    settings: SerialSettings,
    signal: AbortSignal,
    timers: Timers,
    events: LineEvents,
  ): Promise<SerialLine> {
    const { path, baudRate, parity, stopBits } = settings;
    // With its native part only where a serial line is configured.
    const { SerialPort: Port } = await import("serialport");
    const port = new Port({ path, baudRate, parity, stopBits, dataBits: 8, autoOpen: false });
    await new Promise<void>((resolve, reject) => {
      port.open((error) => {
        if (!error) return resolve();
        reject(new PlanciaError("device/connection-lost", `${path}: ${portErrorText(error)}`, { cause: error }));
      });
    });
    const line = new SerialLine(port, timers, events);
    if (!signal.aborted) return line;
    await line.close();
    throw new PlanciaError("device/connection-lost", `${path}: not opened in time`, { cause: signal.reason });
  }

  isFree(): boolean {
    return this.#port.isOpen && this.#unsent === 0;
  }

  write(bytes: Uint8Array): void {
    this.#unsent++;
    this.#port.write(bytes, undefined, (error) => {
      this.#unsent--;
      if (error) return this.#fail(error);
      this.#events.drained();
    });
  }

  discard(): void {
    if (!this.#port.isOpen) return;
    this.#port.flush((error) => {
      if (error) this.#fail(error);
    });
  }

  /** A port pulled out in the middle of a read reads nothing for ever, in serialport 13, and nobody is told. */
  #lookLater(): void {
    this.#cancelLook = this.#timers.after(lookEveryMs, () => {
      if (!this.#port.isOpen) return;
      this.#port.drain((error) => {
        if (error) this.#fail(error);
        else if (!this.#closing) this.#lookLater();
      });
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#cancelLook();
    if (!this.#port.isOpen && !this.#port.closing) return;
    await new Promise<void>((resolve) => {
      if (this.#port.closing) this.#port.once("close", () => resolve());
      else this.#port.close(() => resolve());
    });
  }

  #fail(error: Error): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#cancelLook();
    this.#events.lost(portErrorText(error));
    if (this.#port.isOpen) this.#port.close();
  }
}
