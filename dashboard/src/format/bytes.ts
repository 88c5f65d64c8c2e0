import { formatNumber, type LanguageCode } from "./number.ts";

const units = ["kB", "MB", "GB", "TB"] as const;

/** An amount of bytes as people read it, in powers of 1000: "844 kB", "2.1 GB". */
export function formatBytes(bytes: number, language: LanguageCode): string {
  let amount = bytes / 1000;
  let unit: (typeof units)[number] = "kB";
  for (const larger of units.slice(1)) {
    if (amount < 999.5) break;
    amount /= 1000;
    unit = larger;
  }
  return `${formatNumber(amount, amount < 10 && unit !== "kB" ? 1 : 0, language)} ${unit}`;
}
