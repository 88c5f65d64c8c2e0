/** Exception codes of the Modbus Application Protocol V1.1b3, section 7. */
export const exceptionCode = {
  /** Also "the server is in the wrong state to process a request of this type". */
  illegalFunction: 1,
  /** Also "the combination of reference number and transfer length is invalid". */
  illegalDataAddress: 2,
  illegalDataValue: 3,
  serverDeviceFailure: 4,
  gatewayTargetFailedToRespond: 11,
} as const;

/** Thrown by units and by the request decoder; the wire face turns it into an exception answer. */
export class ModbusException extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`Modbus exception ${code}`);
    this.name = "ModbusException";
    this.code = code;
  }
}
