import { Status } from "../../core/status.ts";

/** What an exception says about the request: whether it took effect, and what to do with its points. */
export interface ExceptionMeaning {
  readonly name: string;
  readonly status: number;
  /**
   * `refused`: the device did nothing. `perhaps`: it may have acted or may still act (5: accepted and
   * going on; 11: the gateway passed it on and heard nothing), so a write is unknown.
   */
  readonly effect: "refused" | "perhaps";
}

/** MODBUS Application Protocol V1.1b3 §7; the qualities of 2, 3, 4 and 6 as REMOTE-OPERATION "Quality" has them. */
const meanings = new Map<number, ExceptionMeaning>([
  [1, { name: "illegal function", status: Status.Bad_NotSupported, effect: "refused" }],
  [2, { name: "illegal data address", status: Status.Bad_ConfigurationError, effect: "refused" }],
  [3, { name: "illegal data value", status: Status.Bad_ConfigurationError, effect: "refused" }],
  [4, { name: "server device failure", status: Status.Bad_DeviceFailure, effect: "refused" }],
  [5, { name: "acknowledge", status: Status.Bad_ResourceUnavailable, effect: "perhaps" }],
  [6, { name: "server device busy", status: Status.Bad_ResourceUnavailable, effect: "refused" }],
  [7, { name: "negative acknowledge", status: Status.Bad_DeviceFailure, effect: "refused" }],
  [8, { name: "memory parity error", status: Status.Bad_DeviceFailure, effect: "refused" }],
  [10, { name: "gateway path unavailable", status: Status.Bad_NoCommunication, effect: "refused" }],
  [11, { name: "gateway target failed to respond", status: Status.Bad_NoCommunication, effect: "perhaps" }],
]);

/** The server is busy: read again later (a write is never repeated, R5). */
export const busyException = 6;

/** The unit behind a gateway cannot be reached: for the poll plan the same as silence. */
export function isUnitUnreachable(code: number): boolean {
  return code === 10 || code === 11;
}

/** The request touches an address or a count that the device does not have; a smaller one may be answered. */
export function isAddressRefusal(code: number): boolean {
  return code === 2 || code === 3;
}

/** Codes outside of the table (9, 12 …) mean that the device said something we cannot read: Bad_CommunicationError. */
export function exceptionMeaning(code: number): ExceptionMeaning {
  return meanings.get(code) ?? { name: "unknown exception", status: Status.Bad_CommunicationError, effect: "perhaps" };
}

/** "exception 2, illegal data address". */
export function exceptionText(code: number): string {
  return `exception ${code}, ${exceptionMeaning(code).name}`;
}
