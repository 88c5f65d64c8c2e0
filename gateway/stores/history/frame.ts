import { crc32, constants as zlib, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { ByteReader, ByteWriter } from "../../core/history/bytes.ts";

/** What a frame holds; it goes into the checksum, so that a blob cannot pass in another one's place. */
export const FrameKind = { journal: 1, head: 2, chunk: 3, statistics: 4, row: 5 } as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** The row's own numbers (series, sequence, times …): checked with the bytes. */
export type Identity = readonly number[];

const plain = 0;
const zstd = 1;
/** Below this zstd's own header eats what it saves. */
const worthCompressing = 96;
/** No payload of ours comes near; a damaged length must not ask for more. */
const largestPayload = 64 * 1024 * 1024;

/** Payload, compressed where that pays, and CRC32 over identity and bytes. */
export function seal(kind: FrameKind, identity: Identity, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(payload.length + 16);
  const packed = kind === FrameKind.chunk && payload.length >= worthCompressing ? compress(payload) : payload;
  if (packed.length + 3 < payload.length) {
    out.u8(zstd);
    out.varint(payload.length);
    out.bytes(packed);
  } else {
    out.u8(plain);
    out.bytes(payload);
  }
  const sum = checksum(kind, identity, out.finish());
  for (let shift = 0; shift < 32; shift += 8) out.u8((sum >>> shift) & 0xff);
  return out.finish();
}

function compress(payload: Uint8Array): Uint8Array {
  return zstdCompressSync(payload, { params: { [zlib.ZSTD_c_compressionLevel]: 1 } });
}

/** The payload of a frame. @throws RangeError where checksum or shape do not hold. */
export function unseal(kind: FrameKind, identity: Identity, frame: Uint8Array): Uint8Array {
  const body = frame.subarray(0, Math.max(0, frame.length - 4));
  const sum = new ByteReader(frame.subarray(body.length));
  let expected = 0;
  for (let i = 0; i < 4; i++) expected += sum.u8() * 2 ** (8 * i);
  if (checksum(kind, identity, body) !== expected) throw new RangeError("the checksum does not hold");
  const input = new ByteReader(body);
  const form = input.u8();
  if (form === plain) return input.bytes(input.remaining);
  if (form !== zstd) throw new RangeError(`no form of frame ${form}`);
  const length = input.varint();
  if (length > largestPayload) throw new RangeError("the payload is too large");
  return zstdDecompressSync(input.bytes(input.remaining), { maxOutputLength: Math.max(1, length) });
}

function checksum(kind: FrameKind, identity: Identity, bytes: Uint8Array): number {
  const head = new ByteWriter(64);
  head.u8(kind);
  for (const number of identity) head.f64(number);
  return crc32(bytes, crc32(head.finish()));
}

/** CRC32 of a row without a blob: its numbers and texts. Fits a signed 32-bit integer. */
export function rowChecksum(cells: readonly (string | number)[]): number {
  return crc32(JSON.stringify(cells), FrameKind.row) | 0;
}
