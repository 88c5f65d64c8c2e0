import type { Request } from "../node-opcua.ts";
import type { Asks } from "../session.ts";
import type { Reply } from "../wire.ts";

/** A session whose server is a function; what it does not answer waits until `answer` is called. */
export class ScriptedSession implements Asks {
  readonly requests: Request[] = [];
  readonly #waiting: { request: Request; resolve: (reply: Reply<unknown>) => void }[] = [];
  readonly #server: (request: Request) => Reply<unknown> | undefined;

  constructor(server: (request: Request) => Reply<unknown> | undefined) {
    this.#server = server;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  request<R>(request: Request): Promise<Reply<R>> {
    this.requests.push(request);
    const reply = this.#server(request);
    if (reply) return Promise.resolve(reply as Reply<R>);
    return new Promise((resolve) =>
      this.#waiting.push({ request, resolve: resolve as (reply: Reply<unknown>) => void }),
    );
  }

  /** Answers the request that waits longest. */
  answer(reply: Reply<unknown>): void {
    this.#waiting.shift()?.resolve(reply);
  }

  of<T extends Request>(kind: new (...args: never[]) => T): readonly T[] {
    return this.requests.filter((request) => request instanceof kind) as T[];
  }
}

export function answer(response: unknown): Reply<unknown> {
  return { kind: "answer", response, sentAtMs: 0 };
}

export function refusal(name: string, status: number): Reply<unknown> {
  return { kind: "refused", name, status, sentAtMs: 0 };
}
