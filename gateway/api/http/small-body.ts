import type { Readable } from "node:stream";
import type { Timers } from "../../core/clock.ts";
import type { ApiApp } from "../context.ts";

/** A body that may be left aside: its text, or why it was. */
export type SmallBody = { readonly text: string } | { readonly leftAside: string };

export interface SmallBodyLimits {
  readonly bytes: number;
  /** So long it is waited for. */
  readonly waitMs: number;
}

/**
 * In this scope nothing that is sent along stands in the way of a request: what is too large or too slow
 * is left aside as soon as that shows, and read away without being kept. `request.body` is a SmallBody,
 * or undefined where there was none.
 */
export function takeSmallBodies(scope: ApiApp, limits: SmallBodyLimits, timers: Timers): void {
  scope.removeAllContentTypeParsers();
  // A media type that is none would be refused before any parser is asked.
  scope.addHook("preParsing", async (request) => {
    delete request.raw.headers["content-type"];
  });
  scope.addContentTypeParser("*", (_request, payload, done) => {
    void readSmall(payload, limits, timers).then((body) => done(null, body));
  });
}

/** Never rejects. */
export function readSmall(payload: Readable, { bytes, waitMs }: SmallBodyLimits, timers: Timers): Promise<SmallBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const end = (body: SmallBody): void => {
      cancel();
      payload.off("data", take).off("end", whole).off("close", broken);
      // What still comes goes nowhere.
      payload.resume();
      resolve(body);
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > bytes) end({ leftAside: `it is larger than ${bytes / 1024} KiB` });
      else chunks.push(chunk);
    };
    const whole = (): void => end({ text: Buffer.concat(chunks).toString("utf8") });
    const broken = (): void => end({ leftAside: "it broke off" });
    const cancel = timers.after(waitMs, () => end({ leftAside: `it was not here after ${waitMs} ms` }));
    // Kept for good: an error of a stream that nobody hears would end the process.
    payload.on("error", () => undefined);
    payload.on("data", take).on("end", whole).on("close", broken);
  });
}
