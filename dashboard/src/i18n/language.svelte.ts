import { createInstance } from "i18next";
import type { JsonValue, TagView, Text } from "../api/wire.ts";
import type { LanguageCode } from "../format/number.ts";
import * as number from "../format/number.ts";
import * as time from "../format/time.ts";
import { deviceError } from "./device-error.ts";
import { en, type Words } from "./en.ts";
import { it } from "./it.ts";

/** Keys as they are asked for: plurals without their ending. */
type Asked<Key> = Key extends `${infer Before}_one` | `${infer Before}_other` ? Before : Key;
export type WordKey = Asked<keyof Words>;

const remembered = "plancia.language";

function firstLanguage(): LanguageCode {
  const chosen = localStorage.getItem(remembered);
  if (chosen === "en" || chosen === "it") return chosen;
  return navigator.language.startsWith("it") ? "it" : "en";
}

/** Everything said on the screens: words, numbers and times in the chosen language and the site's time zone. */
class Language {
  #code = $state<LanguageCode>(firstLanguage());
  /** IANA zone of the site; undefined until the gateway has said it: the browser's own. */
  zone = $state<string | undefined>(undefined);
  readonly #words = createInstance();

  constructor() {
    void this.#words.init({
      lng: this.#code,
      fallbackLng: "en",
      keySeparator: false,
      nsSeparator: false,
      initAsync: false,
      interpolation: { escapeValue: false },
      resources: { en: { translation: en }, it: { translation: it } },
    });
    document.documentElement.lang = this.#code;
  }

  get code(): LanguageCode {
    return this.#code;
  }

  choose(code: LanguageCode): void {
    this.#code = code;
    localStorage.setItem(remembered, code);
    document.documentElement.lang = code;
  }

  /** Taken over from the person's record, unless chosen in this browser. */
  suggest(code: LanguageCode): void {
    if (localStorage.getItem(remembered) === null) {
      this.#code = code;
      document.documentElement.lang = code;
    }
  }

  t(key: WordKey, values: Readonly<Record<string, string | number>> = {}): string {
    return this.#words.t(key, { lng: this.#code, ...values });
  }

  text(text: Text): string {
    return text[this.#code];
  }

  deviceError(text: string): string {
    return deviceError(text, this.#code);
  }

  number(value: number, decimals?: number): string {
    return number.formatNumber(value, decimals, this.#code);
  }

  difference(value: number, decimals?: number): string {
    return number.formatDifference(value, decimals, this.#code);
  }

  value(value: JsonValue, tag: Pick<TagView, "decimals" | "texts" | "offered">): string {
    return number.formatValue(value, tag, this.#code);
  }

  blank(decimals: number | undefined): string {
    return number.blankNumber(decimals, this.#code);
  }

  time(atMs: number): string {
    return time.timeOfDay(atMs, this.#code, this.zone);
  }

  seconds(atMs: number): string {
    return time.timeWithSeconds(atMs, this.#code, this.zone);
  }

  day(atMs: number): string {
    return time.day(atMs, this.#code, this.zone);
  }

  weekday(atMs: number): string {
    return time.weekdayAndDay(atMs, this.#code, this.zone);
  }

  dates(fromMs: number, toMs: number): string {
    return time.dates(fromMs, toMs, this.#code, this.zone);
  }

  date(atMs: number): string {
    return time.date(atMs, this.#code, this.zone);
  }

  /** Day and time of two instants, the second without its day where it is the same. In the site's zone, or another. */
  span(fromMs: number, toMs: number, zone: string | undefined = this.zone): readonly [string, string] {
    const words = (atMs: number) => `${time.day(atMs, this.#code, zone)} ${time.timeOfDay(atMs, this.#code, zone)}`;
    return [words(fromMs), time.moment(toMs, fromMs, this.#code, zone)];
  }

  moment(atMs: number, nowMs: number): string {
    return time.moment(atMs, nowMs, this.#code, this.zone);
  }

  delay(ms: number): string {
    return time.delay(ms, this.#code);
  }

  duration(ms: number): string {
    return time.duration(ms, this.#code);
  }
}

export const say = new Language();
