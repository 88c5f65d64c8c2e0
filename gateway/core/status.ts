/**
 * OPC UA StatusCodes (Part 4 §7.39, Part 6 Annex A), the one vocabulary of quality for every protocol.
 * All 32 bits travel: severity in the top two, sub-code below, info bits at the bottom.
 */
export const Status = {
  Good: 0x00000000,
  Good_LocalOverride: 0x00960000,
  Uncertain: 0x40000000,
  Uncertain_NoCommunicationLastUsableValue: 0x408f0000,
  Uncertain_LastUsableValue: 0x40900000,
  Uncertain_InitialValue: 0x40920000,
  Uncertain_EngineeringUnitsExceeded: 0x40940000,
  Uncertain_DataSubNormal: 0x40a40000,
  Bad: 0x80000000,
  Bad_UnexpectedError: 0x80010000,
  Bad_InternalError: 0x80020000,
  Bad_OutOfMemory: 0x80030000,
  Bad_ResourceUnavailable: 0x80040000,
  Bad_CommunicationError: 0x80050000,
  Bad_Timeout: 0x800a0000,
  Bad_Shutdown: 0x800c0000,
  Bad_ServerNotConnected: 0x800d0000,
  Bad_CertificateUntrusted: 0x801a0000,
  Bad_UserAccessDenied: 0x801f0000,
  Bad_InvalidTimestamp: 0x80230000,
  Bad_NoCommunication: 0x80310000,
  Bad_WaitingForInitialData: 0x80320000,
  Bad_NodeIdUnknown: 0x80340000,
  Bad_NotReadable: 0x803a0000,
  Bad_NotWritable: 0x803b0000,
  Bad_OutOfRange: 0x803c0000,
  Bad_NotSupported: 0x803d0000,
  Bad_MonitoredItemFilterUnsupported: 0x80440000,
  Bad_FilterNotAllowed: 0x80450000,
  Bad_TypeMismatch: 0x80740000,
  Bad_ConfigurationError: 0x80890000,
  Bad_NotConnected: 0x808a0000,
  Bad_DeviceFailure: 0x808b0000,
  Bad_SensorFailure: 0x808c0000,
  Bad_OutOfService: 0x808d0000,
  Bad_DeadbandFilterInvalid: 0x808e0000,
  Bad_NoData: 0x809b0000,
  Bad_DataLost: 0x809d0000,
  Bad_DecodingError: 0x80070000,
  Bad_EncodingLimitsExceeded: 0x80080000,
} as const;

export type StatusName = keyof typeof Status;

export type Severity = "good" | "uncertain" | "bad";

/** Severity from the top two bits. `status` is an unsigned 32-bit number. */
export function severityOf(status: number): Severity {
  const top = status >>> 30;
  if (top === 0) return "good";
  return top === 1 ? "uncertain" : "bad";
}

export function isGood(status: number): boolean {
  return status >>> 30 === 0;
}

export function isBad(status: number): boolean {
  return status >>> 30 >= 2;
}

const names = new Map<number, StatusName>(Object.entries(Status).map(([name, code]) => [code, name as StatusName]));

/** The standard name of a status, its info bits ignored; `0x…` when it is not in the table. */
export function statusName(status: number): string {
  return names.get((status & 0xffff0000) >>> 0) ?? `0x${status.toString(16).padStart(8, "0")}`;
}
