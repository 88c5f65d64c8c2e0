import { PlanciaError } from "../../core/errors.ts";
import { ClientMessage } from "../wire/live.ts";

/** @throws PlanciaError request/invalid: not text, not JSON, not a message that is known here. */
export function parseMessage(data: Buffer, isBinary: boolean): ClientMessage {
  if (isBinary) throw new PlanciaError("request/invalid", "Send text frames.");
  const parsed = ClientMessage.safeParse(parseJson(data.toString("utf8")));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new PlanciaError(
    "request/invalid",
    `${issue?.path.map(String).join("/") || "message"}: ${issue?.message ?? "wrong"}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PlanciaError("request/invalid", "The message is not JSON.", { cause });
  }
}

/** A bucket of `burst` messages that fills again with `perSecond`; on the monotonic clock. */
export class MessageBudget {
  readonly #perMs: number;
  readonly #burst: number;
  #left: number;
  #atMs: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#left = burst;
    this.#atMs = nowMs;
  }

  /** Takes one; false: there was none. */
  take(nowMs: number): boolean {
    this.#left = Math.min(this.#burst, this.#left + (nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
