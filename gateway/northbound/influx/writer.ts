import { Agent, type IncomingMessage, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import type { TargetSettings } from "../../core/plant.ts";
import type { Outbound } from "../../kit/outbound.ts";
import { type Answer, judge } from "./answer.ts";

const pack = promisify(gzip);

/** No answer to lines needs more; what comes beyond is not read. */
const longestAnswerBytes = 16 * 1024;

/** Sends lines to `/write`, gzipped, over one kept connection. */
export class LineWriter {
  readonly #target: TargetSettings;
  readonly #url: URL;
  readonly #agent: Agent;
  readonly #outbound: Outbound;
  /** Sent, packed. */
  bytes = 0;

  constructor(target: TargetSettings, outbound: Outbound) {
    this.#target = target;
    this.#outbound = outbound;
    this.#url = new URL(`${target.url.replace(/\/+$/, "")}/write`);
    const query = { db: target.database, precision: "ms" };
    this.#url.search = new URLSearchParams(query).toString();
    const settings = { keepAlive: true, maxSockets: 1, lookup: outbound.lookup };
    this.#agent = this.#isSecure ? new SecureAgent(settings) : new Agent(settings);
  }

  get #isSecure(): boolean {
    return this.#url.protocol === "https:";
  }

  /** A server that is not there, or is silent for longer than the time-out, is an answer too. */
  async write(lines: readonly string[], signal: AbortSignal): Promise<Answer> {
    const body = await pack(lines.join("\n"), { level: constants.Z_BEST_SPEED });
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#target.timeoutMs)]);
    try {
      this.#outbound.assertAddress();
      const answer = await this.#post(body, limit);
      this.bytes += body.length;
      return answer;
    } catch (error) {
      const reason = limit.aborted && !signal.aborted ? `no answer within ${this.#target.timeoutMs} ms` : words(error);
      return { kind: "failed", reason, retryAfterMs: undefined };
    }
  }

  #post(body: Buffer, signal: AbortSignal): Promise<Answer> {
    const { credentials } = this.#target;
    const options = {
      method: "POST",
      agent: this.#agent,
      signal,
      headers: {
        "content-type": "text/plain; charset=utf-8",
        "content-encoding": "gzip",
        "content-length": body.length,
        ...(credentials ? { authorization: basic(credentials) } : {}),
      },
    };
    return new Promise<Answer>((resolve, reject) => {
      const open = this.#isSecure ? secureRequest : request;
      const sent = open(this.#url, options, (response) => {
        textOf(response).then(
          (text) => resolve(judge(response.statusCode ?? 0, text, response.headers["retry-after"])),
          reject,
        );
      });
      sent.once("error", reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > longestAnswerBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, longestAnswerBytes).toString();
}

function basic({ user, password }: { readonly user: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** A connection refused at every address of a name is one error of several, without words of its own. */
function words(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return words(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
