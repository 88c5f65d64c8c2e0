import type { FaultOf } from "./fault.ts";
import type { Frame } from "./frame.ts";
import { encodeRtuFrame } from "./rtu-frame.ts";

type Falsification = FaultOf<"falsify">;

/** Other words in the answer to a read of `table` (functions 3 and 4), where it covers the falsified registers. */
export function falsifyValues(answer: Buffer, request: Frame, fault: Falsification): Buffer {
  const code = request.pdu[0];
  if (answer[0] !== code || code !== (fault.table === "holding" ? 3 : 4)) return answer;
  const start = request.pdu.readUInt16BE(1);
  const changed = Buffer.from(answer);
  fault.words.forEach((word, index) => {
    const offset = 2 + (fault.register + index - start) * 2;
    if (offset >= 2 && offset + 2 <= changed.length) changed.writeUInt16BE(word, offset);
  });
  return changed;
}

/** The bytes of an answer frame with one wrong field. Without `wrong` the field is off by one (the length: by one word). */
export function falsifyFrame(bytes: Buffer, fault: Falsification): Buffer {
  const changed = Buffer.from(bytes);
  switch (fault.what) {
    case "transaction":
      changed.writeUInt16BE(fault.wrong ?? (changed.readUInt16BE(0) + 1) & 0xffff, 0);
      return changed;
    case "protocol":
      changed.writeUInt16BE(fault.wrong ?? 1, 2);
      return changed;
    case "length":
      changed.writeUInt16BE(fault.wrong ?? (changed.readUInt16BE(4) + 2) & 0xffff, 4);
      return changed;
    case "unit":
      changed[6] = fault.wrong ?? ((changed[6] ?? 0) + 1) & 0xff;
      return changed;
    case "function":
      changed[7] = fault.wrong ?? ((changed[7] ?? 0) + 1) & 0x7f;
      return changed;
    case "byte-count":
      // Only answers to reads (functions 1-4) have a byte count.
      if ((changed[7] ?? 0) <= 4) changed[8] = fault.wrong ?? ((changed[8] ?? 0) + 2) & 0xff;
      return changed;
    case "readback":
    case "value":
    case "checksum":
      return changed;
  }
}

/** As `falsifyFrame`, of an RTU frame: it has no transaction, protocol or length; all but `checksum` leaves it sound. */
export function falsifyRtuFrame(bytes: Buffer, fault: Falsification): Buffer {
  const changed = Buffer.from(bytes);
  if (fault.what === "checksum") {
    const at = changed.length - 2;
    changed.writeUInt16LE(fault.wrong ?? changed.readUInt16LE(at) ^ 1, at);
    return changed;
  }
  const [unitId = 0, code = 0, count = 0] = changed;
  if (fault.what === "unit") changed[0] = fault.wrong ?? (unitId + 1) & 0xff;
  if (fault.what === "function") changed[1] = fault.wrong ?? (code + 1) & 0x7f;
  if (fault.what === "byte-count" && code <= 4) changed[2] = fault.wrong ?? (count + 2) & 0xff;
  return encodeRtuFrame({ unitId: changed[0] ?? 0, pdu: changed.subarray(1, -2) });
}
