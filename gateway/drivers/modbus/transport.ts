import type { Timers } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import { RtuSession } from "../../protocols/modbus/rtu-session.ts";
import type { SerialCare } from "./bus.ts";
import type { Line, LineEvents } from "./line.ts";
import { SerialLine } from "./serial-line.ts";
import type { ModbusSettings } from "./settings.ts";
import { TcpLine } from "./tcp-line.ts";

/** More than an USB adapter or a serial server holds bytes back (16 ms are usual). */
const drainMs = 50;

/** Opens what the settings name. @throws PlanciaError device/connection-lost, device/settings. */
export function openLine(
  settings: ModbusSettings,
  signal: AbortSignal,
  timers: Timers,
  events: LineEvents,
): Promise<Line> {
  const { transport, host, port, serial } = settings;
  if (transport === "rtu" && serial) return SerialLine.open(serial, signal, timers, events);
  if (host !== undefined) return TcpLine.open({ host, port }, signal, events);
  throw new PlanciaError(
    "device/settings",
    `transport ${transport} without its ${transport === "rtu" ? "port" : "host"}`,
  );
}

/**
 * What keeps late answers out on this transport; undefined on Modbus TCP, whose transaction ids do.
 * @param quietUntilMs when somebody who answers is to be asked next. @param renew asks for a new connection.
 */
export function serialCare(
  settings: ModbusSettings,
  quietUntilMs: () => number,
  renew: () => void,
): SerialCare | undefined {
  const newSession = () => new RtuSession();
  switch (settings.transport) {
    case "tcp":
      return undefined;
    case "rtu":
      return { newSession, quietUntilMs, drainMs, gapMs: frameGapMs(settings.serial?.baudRate ?? 19_200) };
    case "rtu-tcp":
      return { newSession, quietUntilMs, drainMs, gapMs: 0, renew };
  }
}

/** Serial Line §2.5.1.1: three and a half characters of 11 bits, above 19,200 bits a second 1.75 ms; in whole ms. */
export function frameGapMs(baudRate: number): number {
  return Math.ceil(Math.max(1.75, (3.5 * 11 * 1000) / baudRate));
}
