import { type IncomingHttpHeaders, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { PlanciaError } from "../../core/errors.ts";
import { outboundTo } from "../../kit/outbound.ts";

/** Longest answer of a provider, bytes. */
export const largestAnswer = 1024 * 1024;
/** How long one answer may take, ms. */
const answerWithinMs = 10_000;

interface Options {
  readonly headers?: Headers | Readonly<Record<string, string>>;
  readonly method?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls these origins and no other, follows no redirect, and waits and reads for so long only.
 * @param allow addresses that names may stand for although they are loopback or link-local (S18)
 */
export function outboundFetch(origins: ReadonlySet<string>, allow: readonly string[], withinMs = answerWithinMs) {
  return async (url: string, options: Options): Promise<Response> => {
    assertOrigin(origins, url);
    const timeout = AbortSignal.timeout(withinMs);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    const { status, headers, body } = await ask(new URL(url), { ...options, signal }, allow);
    if (status >= 500) throw unavailable(`it answers with ${status}`);
    if (status >= 300 && status < 400) throw unavailable("it answers with a redirect");
    return new Response(body.length === 0 ? null : body, { status, headers: textsOf(headers) });
  };
}

/** @throws PlanciaError auth/provider-unavailable where an address is none of them. */
export function assertOrigin(origins: ReadonlySet<string>, url: string): void {
  const { origin } = new URL(url);
  if (!origins.has(origin))
    throw unavailable(`${origin} is neither its issuer's origin nor among the configured \`origins\``);
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array<ArrayBuffer>;
}

function ask(url: URL, { headers, method = "GET", body, signal }: Options, allow: readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { lookup, assertAddress } = outboundTo(url.href, allow);
    const fail = (error: unknown) =>
      reject(error instanceof PlanciaError ? error : unavailable("it does not answer", error));
    try {
      assertAddress();
      const sent = headers instanceof Headers ? Object.fromEntries(headers) : { ...headers };
      const options = { method, headers: sent, lookup, signal, agent: false as const };
      const call = (url.protocol === "https:" ? tlsRequest : plainRequest)(url, options, (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on("error", fail).on("data", (chunk: Buffer) => {
          length += chunk.length;
          if (length > largestAnswer) call.destroy(unavailable(`its answer is longer than ${largestAnswer} bytes`));
          else chunks.push(chunk);
        });
        response.on("end", () => {
          const { statusCode: status = 0, headers: said } = response;
          resolve({ status, headers: said, body: new Uint8Array(Buffer.concat(chunks)) });
        });
      });
      call.on("error", fail);
      call.end(body === undefined || body === null ? undefined : String(body));
    } catch (error) {
      fail(error);
    }
  });
}

function textsOf(headers: IncomingHttpHeaders): Headers {
  const texts = new Headers();
  for (const [name, value] of Object.entries(headers)) if (typeof value === "string") texts.set(name, value);
  return texts;
}

export function unavailable(why: string, cause?: unknown): PlanciaError {
  return new PlanciaError("auth/provider-unavailable", `The sign-in provider cannot be used now: ${why}`, { cause });
}
