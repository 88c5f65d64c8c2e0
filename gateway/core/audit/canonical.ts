/**
 * One text for one content: object keys sorted by UTF-16 code units, no white space, as in RFC 8785.
 * What JSON cannot carry is made into text: 64-bit integers in decimal, NaN and ±Inf by name, bytes
 * as an array of numbers. Undefined members are left out; lone surrogates become U+FFFD.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

/** Deeper than this is cut and said, so that no entry can exhaust the stack. */
const deepest = 32;

function write(value: unknown, depth: number): string {
  if (depth > deepest) return '"too deep"';
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.toWellFormed());
    case "number":
      return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`;
    case "bigint":
      return `"${value}"`;
    case "boolean":
      return String(value);
    case "object":
      return value === null ? "null" : writeObject(value, depth);
    default:
      return "null";
  }
}

function writeObject(value: object, depth: number): string {
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(",")}]`;
  if (value instanceof Uint8Array) return `[${Array.from(value).join(",")}]`;
  if (value instanceof Date) return write(Number.isNaN(value.getTime()) ? "NaN" : value.toISOString(), depth);
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
  const members = entries
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => [String(key), member] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${JSON.stringify(key.toWellFormed())}:${write(member, depth + 1)}`);
  return `{${members.join(",")}}`;
}
