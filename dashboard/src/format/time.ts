import type { LanguageCode } from "./number.ts";
import { formatNumber } from "./number.ts";

const locale: Record<LanguageCode, string> = { en: "en-GB", it: "it-IT" };
const formats = new Map<string, Intl.DateTimeFormat>();

function format(
  language: LanguageCode,
  zone: string | undefined,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const key = `${language} ${zone} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale[language], { ...options, timeZone: zone });
    formats.set(key, found);
  }
  return found;
}

export function timeOfDay(atMs: number, language: LanguageCode, zone?: string): string {
  return format(language, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(atMs);
}

export function timeWithSeconds(atMs: number, language: LanguageCode, zone?: string): string {
  return format(language, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(
    atMs,
  );
}

/** `Tue 24 Nov`, `mar 24 nov`. */
export function day(atMs: number, language: LanguageCode, zone?: string): string {
  return format(language, zone, { weekday: "short", day: "numeric", month: "short" }).format(atMs).replace(",", "");
}

/** `Mon 23`, `lun 23`: the head of a day's column. */
export function weekdayAndDay(atMs: number, language: LanguageCode, zone?: string): string {
  return format(language, zone, { weekday: "short", day: "numeric" }).format(atMs).replace(",", "");
}

/** `23–29 November 2026`; `toMs` is the last instant that belongs to it. */
export function dates(fromMs: number, toMs: number, language: LanguageCode, zone?: string): string {
  return format(language, zone, { day: "numeric", month: "long", year: "numeric" }).formatRange(fromMs, toMs);
}

/** `23 Nov 2026`. */
export function date(atMs: number, language: LanguageCode, zone?: string): string {
  return format(language, zone, { day: "numeric", month: "short", year: "numeric" }).format(atMs);
}

/** The time alone today, with its day before it otherwise. */
export function moment(atMs: number, nowMs: number, language: LanguageCode, zone?: string): string {
  const time = timeOfDay(atMs, language, zone);
  const when = day(atMs, language, zone);
  return when === day(nowMs, language, zone) ? time : `${when} ${time}`;
}

/** How long something took: hundredths below a tenth of a second, so that nothing seems to take no time. */
export function delay(ms: number, language: LanguageCode): string {
  return ms < 95 ? `${formatNumber(Math.max(0.01, ms / 1000), 2, language)} s` : duration(ms, language);
}

/** Ages: tenths below ten seconds, then seconds, minutes, hours, days. */
export function duration(ms: number, language: LanguageCode): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${formatNumber(seconds, 1, language)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d`;
}
