import type { WriteVerdict } from "../process/machine-point.ts";

/** Something that is published in JSON, again and again. */
export interface PublishedTopic {
  readonly topic: string;
  readonly everyS: number;
  /** Before the first message; 0 where it is not given. */
  readonly firstAfterS?: number;
  /** Also at once when the payload changes; the broker keeps the newest for those who come later. */
  readonly onChange?: "publish and retain";
  readonly payload: (nowMs: number) => Readonly<Record<string, unknown>>;
}

/** A topic on which others may ask for something. */
export interface InputTopic {
  readonly topic: string;
  /** Gets what JSON made of the payload. */
  readonly write: (body: unknown) => WriteVerdict;
  /** The topic whose next message shows the effect. */
  readonly acknowledge: string;
}

/** MQTT topic filters (MQTT 3.1.1 §4.7): `+` is one level, `#` the rest. */
export function matchesFilter(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  for (const [index, part] of wanted.entries()) {
    if (part === "#") return true;
    if (index >= levels.length || (part !== "+" && part !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}
