import { Status } from "../../core/status.ts";
import { toJson } from "../../core/value.ts";
import type { LiveValues } from "../../services/use-cases.ts";
import type { ServerMessage } from "../wire/live.ts";

/**
 * A text frame as it goes over the wire, header and all (RFC 6455 §5.2: FIN, opcode 1, no mask from
 * the server), so that one buffer serves every socket without another copy or header.
 */
export function wireFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = 0x81;
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, header);
  return frame;
}

const lastJoined = new WeakMap<Buffer, { readonly first: Buffer; readonly both: Buffer }>();

/** Two frames as one buffer; made once where many readers get the same two. */
export function joined(first: Buffer, second: Buffer): Buffer {
  const known = lastJoined.get(second);
  if (known?.first === first) return known.both;
  const both = Buffer.concat([first, second]);
  lastJoined.set(second, { first, both });
  return both;
}

/** A message that only one reader gets, or that is not about samples. */
export function frameOf(message: ServerMessage): Buffer {
  return wireFrame(JSON.stringify(message));
}

/**
 * Sample frames. Each sample becomes text once after it changed, and each frame becomes bytes once
 * for all sockets with the same tags (decision 7).
 */
export class SampleFrames {
  readonly #values: LiveValues;
  readonly #startedAtMs: number;
  /** JSON of the newest sample by handle; "" where it changed since. */
  readonly #texts: string[];

  constructor(values: LiveValues, tags: number, startedAtMs: number) {
    this.#values = values;
    this.#startedAtMs = startedAtMs;
    this.#texts = new Array<string>(tags).fill("");
  }

  changed(handle: number): void {
    this.#texts[handle] = "";
  }

  /** The newest samples of these handles; `at` is the gateway's time in UTC ms. */
  encode(handles: Iterable<number>, at: number): Buffer {
    let samples = "";
    for (const handle of handles) samples += samples === "" ? this.#text(handle) : `,${this.#text(handle)}`;
    return wireFrame(`{"type":"samples","at":${Math.round(at)},"samples":[${samples}]}`);
  }

  #text(handle: number): string {
    const known = this.#texts[handle];
    if (known) return known;
    const sample = this.#values.sample(handle);
    const value = JSON.stringify(toJson(sample?.value ?? null));
    const status = sample?.status ?? Status.Bad_WaitingForInitialData;
    const text = `[${handle},${value},${status},${Math.round(sample?.sourceTime ?? this.#startedAtMs)}]`;
    this.#texts[handle] = text;
    return text;
  }
}
