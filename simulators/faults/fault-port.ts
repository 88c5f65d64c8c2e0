import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";

/** What a plant offers on its fault port. Every method may throw ZodError or RangeError: the caller gets 400 with the reason. */
export interface FaultTarget {
  /** Everything worth seeing, as JSON. */
  state(): unknown;
  /** Puts the fault in the body in force; `{ kind: "none" }` never arrives here. */
  setFault(body: unknown): Promise<void>;
  clearFaults(): Promise<void>;
  /** What a person at the machine does. Returns what came of it, as JSON; throws Refusal where the machine does not follow. */
  machine(action: string): unknown;
  /** The writes received on the wire after number `seq`; `face` names the wire face where there are several. */
  writesSince(seq: number, face?: string): { readonly count: number; readonly writes: readonly unknown[] };
}

/** The machine does not do what the person wants, for instance a start while it is tripped (409). */
export class Refusal extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "Refusal";
  }
}

const longestBody = 65_536;
const faultBody = z.looseObject({ kind: z.string() });
const machineBody = z.strictObject({ action: z.string() });
const sinceQuery = z.coerce.number().int().min(0);

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Opens the fault port on 127.0.0.1; port 0 takes any free one. Rejects with the system's error where the port is taken. */
export async function openFaultPort(
  port: number,
  target: FaultTarget,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answerTo(request, target)
      .catch(problem)
      .then((answer) => send(response, answer))
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  return { port: address !== null && typeof address === "object" ? address.port : port, close: () => closed(server) };
}

async function answerTo(request: IncomingMessage, target: FaultTarget): Promise<Answer> {
  // Browsers put an Origin on every foreign POST: no web page may pull the cable of the demo.
  if (request.headers.origin !== undefined) return { status: 403, body: { error: "not from a web page" } };
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  switch (`${request.method} ${url.pathname}`) {
    case "GET /":
      return { status: 200, body: target.state() };
    case "GET /writes":
      return { status: 200, body: writesOf(url.searchParams, target) };
    case "POST /fault":
      return { status: 200, body: await changeFault(await bodyOf(request), target) };
    case "POST /machine": {
      const { action } = machineBody.parse(await bodyOf(request));
      return { status: 200, body: target.machine(action) };
    }
    default:
      return { status: 404, body: { error: "GET /, GET /writes?since=SEQ, POST /fault, POST /machine" } };
  }
}

function writesOf(query: URLSearchParams, target: FaultTarget): unknown {
  return target.writesSince(sinceQuery.parse(query.get("since") ?? 0), query.get("face") ?? undefined);
}

async function changeFault(body: unknown, target: FaultTarget): Promise<unknown> {
  const { kind } = faultBody.parse(body);
  if (kind === "none") await target.clearFaults();
  else await target.setFault(body);
  return target.state();
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > longestBody) throw new RangeError(`the body is longer than ${longestBody} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

function problem(error: unknown): Answer {
  if (error instanceof Refusal) return { status: 409, body: { error: error.message } };
  if (error instanceof z.ZodError) return { status: 400, body: { error: z.prettifyError(error) } };
  if (error instanceof RangeError || error instanceof SyntaxError)
    return { status: 400, body: { error: error.message } };
  return { status: 500, body: { error: String(error) } };
}

function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { "content-type": "application/json; charset=utf-8", connection: "close" });
  response.end(`${JSON.stringify(answer.body)}\n`);
}

function closed(server: Server): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return done;
}
