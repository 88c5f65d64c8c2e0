import { crc32, deflateSync, inflateSync } from "node:zlib";

const signatureBytes = 8;
const mostColours = 256;

/**
 * The same picture with a palette: a screen has few colours. Where there are more than fit, neighbours
 * become one. Takes 8-bit RGB or RGBA without interlace, as a browser makes it.
 */
export function tightened(png) {
  const chunks = chunksOf(png);
  const head = chunks[0].data;
  const width = head.readUInt32BE(0);
  const channels = head[9] === 6 ? 4 : 3;
  const rows = unfiltered(inflateSync(Buffer.concat(dataOf(chunks, "IDAT"))), width * channels, channels);
  const { palette, pixels } = [0, 1, 2, 3, 4].map((bits) => indexed(rows, channels, bits)).find(Boolean);
  const newHead = Buffer.from(head);
  newHead[9] = 3;
  return Buffer.concat([
    png.subarray(0, signatureBytes),
    chunk("IHDR", newHead),
    chunk("PLTE", Buffer.from(palette)),
    chunk("IDAT", deflateSync(Buffer.concat(pixels), { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** undefined: there are too many colours without that many of their lowest bits. */
function indexed(rows, channels, bits) {
  const places = new Map();
  const palette = [];
  const pixels = [];
  for (const row of rows) {
    const line = Buffer.alloc(row.length / channels + 1);
    for (let at = 0; at < row.length; at += channels) {
      const key = ((row[at] >> bits) << 16) | ((row[at + 1] >> bits) << 8) | (row[at + 2] >> bits);
      if (!places.has(key)) {
        if (places.size === mostColours) return undefined;
        places.set(key, places.size);
        palette.push(row[at], row[at + 1], row[at + 2]);
      }
      line[at / channels + 1] = places.get(key);
    }
    pixels.push(line);
  }
  return { palette, pixels };
}

/** PNG, 9.2: each byte was told by its neighbours to the left, above, and above to the left. */
function unfiltered(bytes, rowBytes, step) {
  const rows = [];
  let above = Buffer.alloc(rowBytes);
  for (let at = 0; at < bytes.length; at += rowBytes + 1) {
    const row = Buffer.from(bytes.subarray(at + 1, at + 1 + rowBytes));
    for (let i = 0; i < rowBytes; i++) {
      const left = i < step ? 0 : row[i - step];
      const corner = i < step ? 0 : above[i - step];
      row[i] += [0, left, above[i], (left + above[i]) >> 1, paeth(left, above[i], corner)][bytes[at]];
    }
    rows.push(row);
    above = row;
  }
  return rows;
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((each) => Math.abs(guess - each));
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function dataOf(chunks, wanted) {
  return chunks.filter(({ type }) => type === wanted).map(({ data }) => data);
}

function chunksOf(png) {
  const chunks = [];
  for (let at = signatureBytes; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return chunks;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
