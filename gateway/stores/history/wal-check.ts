import { existsSync, readFileSync } from "node:fs";

/**
 * SQLite takes a write-ahead log up to the first frame whose checksum does not hold and drops the
 * rest without a word: right after a power cut, silent loss after damage (RELIABILITY F3). This
 * looks at the log before SQLite does and says in words what it will drop; undefined: nothing.
 * Format: https://sqlite.org/fileformat2.html#walformat
 */
export function checkWal(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  return bytes.length === 0 ? undefined : judge(bytes);
}

const headerSize = 32;
const frameHeaderSize = 24;

interface Sum {
  readonly a: number;
  readonly b: number;
}

function judge(bytes: Buffer): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerSize) return "the write-ahead log is cut off inside its header: commits may be lost";
  const littleEndian = view.getUint32(0) === 0x377f0682;
  let sum = add({ a: 0, b: 0 }, view, 0, 24, littleEndian);
  const headerHolds = sum.a === view.getUint32(24) && sum.b === view.getUint32(28);
  if (!headerHolds) return "the header of the write-ahead log is damaged: the commits in it are lost";
  const frameSize = frameHeaderSize + view.getUint32(8);
  let at = headerSize;
  for (; at + frameSize <= bytes.length; at += frameSize) {
    sum = add(
      add(sum, view, at, 8, littleEndian),
      view,
      at + frameHeaderSize,
      frameSize - frameHeaderSize,
      littleEndian,
    );
    if (!isOfThisLog(view, at) || sum.a !== view.getUint32(at + 16) || sum.b !== view.getUint32(at + 20)) break;
  }
  return judgeRest(view, at, frameSize);
}

/** Frames behind the first broken one: of an older log they mean nothing, of this one they are lost commits. */
function judgeRest(view: DataView, from: number, frameSize: number): string | undefined {
  let commits = 0;
  let at = from;
  for (; at + frameSize <= view.byteLength; at += frameSize) {
    if ((at === from ? looksOfThisLog(view, at) : isOfThisLog(view, at)) && view.getUint32(at + 4) !== 0) commits++;
  }
  if (commits > 0) return `the write-ahead log is damaged at byte ${from}: up to ${commits} commits behind it are lost`;
  const ragged = view.byteLength - at;
  if (ragged > 0 && at === from) {
    return `the write-ahead log ends inside a record (${ragged} bytes): an unfinished write when power or program went, or a cut file`;
  }
  return undefined;
}

function isOfThisLog(view: DataView, frame: number): boolean {
  return view.getUint32(frame + 8) === view.getUint32(16) && view.getUint32(frame + 12) === view.getUint32(20);
}

/** One half of the salt is enough: the flipped byte may be in the other. */
function looksOfThisLog(view: DataView, frame: number): boolean {
  return view.getUint32(frame + 8) === view.getUint32(16) || view.getUint32(frame + 12) === view.getUint32(20);
}

function add(sum: Sum, view: DataView, from: number, length: number, littleEndian: boolean): Sum {
  let { a, b } = sum;
  for (let at = from; at < from + length; at += 8) {
    a = (a + view.getUint32(at, littleEndian) + b) >>> 0;
    b = (b + view.getUint32(at + 4, littleEndian) + a) >>> 0;
  }
  return { a, b };
}
