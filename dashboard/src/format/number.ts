import type { JsonValue, TagView } from "../api/wire.ts";

export type LanguageCode = "en" | "it";

/** Narrow no-break space: thousands stay together when a line wraps. */
const thinSpace = "\u202f";
const minus = "\u2212";

const separator: Record<LanguageCode, string> = { en: ".", it: "," };

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, thinSpace);
}

/** Text of plain digits (`-1234.50`) as people read it: thin space between thousands, the language's decimal sign. */
function dressed(plain: string, language: LanguageCode): string {
  const negative = plain.startsWith("-");
  const [whole = "", fraction] = (negative ? plain.slice(1) : plain).split(".");
  const zero = /^0*$/.test(whole) && (fraction === undefined || /^0*$/.test(fraction));
  return (
    (negative && !zero ? minus : "") + grouped(whole) + (fraction === undefined ? "" : separator[language] + fraction)
  );
}

/** `decimals` as the instrument means; undefined: six significant digits, whole numbers whole, no trailing zeros. */
export function formatNumber(value: number, decimals: number | undefined, language: LanguageCode): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : `${minus}∞`;
  if (decimals !== undefined) return dressed(value.toFixed(decimals), language);
  const short = Math.abs(value) >= 1e6 ? Math.round(value) : Number(value.toPrecision(6));
  const plain = String(short);
  return plain.includes("e") ? plain.replace(".", separator[language]).replace("-", minus) : dressed(plain, language);
}

/** A signed difference: `+2.5`, `−0.5`, `0.0`. */
export function formatDifference(value: number, decimals: number | undefined, language: LanguageCode): string {
  const text = formatNumber(value, decimals, language);
  return value > 0 ? `+${text}` : text;
}

/** What a value is called: its text where the configuration gives one, else its figures, and beside them what the device calls it. */
export function formatValue(
  value: JsonValue,
  tag: Pick<TagView, "decimals" | "texts" | "offered">,
  language: LanguageCode,
): string {
  if (value === null) return "–";
  const text = Object.entries(tag.texts ?? {}).find(([key]) => key === String(value));
  if (text) return text[1][language];
  const figures = figuresOf(value, tag, language);
  const called = Object.entries(tag.offered?.texts ?? {}).find(([key]) => key === String(value));
  return called ? `${figures} (${called[1]})` : figures;
}

function figuresOf(value: Exclude<JsonValue, null>, tag: Pick<TagView, "decimals">, language: LanguageCode): string {
  if (typeof value === "number") return formatNumber(value, tag.decimals, language);
  if (typeof value === "string" && /^-?\d{1,20}$/.test(value)) return dressed(value, language);
  return String(value);
}

/** What stands where no number can be believed: as wide as the number would be (`--.-`). */
export function blankNumber(decimals: number | undefined, language: LanguageCode): string {
  return decimals ? `--${separator[language]}${"-".repeat(decimals)}` : "--";
}

/** What a person typed, in either language's way; undefined: not a number. */
export function parseNumber(text: string): number | undefined {
  const plain = text
    .trim()
    .replace(/[\s\u202f\u00a0]/g, "")
    .replace(minus, "-")
    .replace(",", ".");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain)) return undefined;
  return Number(plain);
}
