import { falsifyFrame, falsifyRtuFrame } from "./falsify.ts";
import type { FaultOf } from "./fault.ts";
import { encodeFrame, type Frame, FrameSplitter } from "./frame.ts";
import { encodeRtuFrame, RtuSplitter } from "./rtu-frame.ts";

/** How requests and answers stand on the wire. */
export interface Framing {
  /** One for each connection; `push` gives undefined when the stream is no Modbus and has to be closed. */
  newSplitter(): { push(bytes: Buffer): Frame[] | undefined };
  encode(frame: Frame): Buffer;
  falsify(bytes: Buffer, fault: FaultOf<"falsify">): Buffer;
  /** What stands for a unit that is not there. */
  readonly absent: "exception" | "silence";
}

export const framings = {
  /** Modbus TCP: a gateway says that it heard nothing. */
  mbap: {
    newSplitter: () => new FrameSplitter(),
    encode: encodeFrame,
    falsify: falsifyFrame,
    absent: "exception",
  },
  /** Serial frames as they are, as a serial server passes them on. */
  rtu: {
    newSplitter: () => new RtuSplitter(),
    encode: encodeRtuFrame,
    falsify: falsifyRtuFrame,
    absent: "silence",
  },
} as const satisfies Record<string, Framing>;
