import { createRequire } from "node:module";
import { type DestinationStream, pino } from "pino";
import type { Log } from "../core/log.ts";
import type { LogTail } from "./log-tail.ts";

/** JSON lines to stderr, or readable lines where a person watches. Secrets by these names never show. */
export function createLog(options: { level: string; pretty: boolean; tail?: LogTail }): Log {
  const settings = {
    level: options.level,
    base: null,
    redact: {
      paths: [
        "password",
        "*.password",
        "token",
        "*.token",
        "authorization",
        "*.authorization",
        "cookie",
        "*.cookie",
        "secret",
        "*.secret",
      ],
      censor: "[redacted]",
    },
  };
  const out = options.pretty ? prettyStream() : pino.destination({ dest: 2, sync: false });
  return pino(settings, options.tail === undefined ? out : through(options.tail, out));
}

function through(tail: LogTail, out: DestinationStream): DestinationStream {
  return {
    write(line) {
      tail.take(line);
      out.write(line);
    },
  };
}

/** Loaded only where a person watches; in this thread, since a worker for it would cost 30 MiB. */
function prettyStream(): DestinationStream {
  const pretty = createRequire(import.meta.url)("pino-pretty") as (options: object) => DestinationStream;
  return pretty({ destination: 2, sync: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" });
}
