import { Agent, request } from "node:http";

export interface Answer {
  readonly status: number;
  readonly body: { readonly id: string; readonly state: string; readonly [member: string]: unknown };
}

/** Somebody's program that asks the gateway, on one connection that stays. */
export class Asker {
  readonly #url: string;
  readonly #token: string;
  readonly #agent: Agent;

  /** @param from a loopback address: each has its own limit of requests. */
  constructor(url: string, token: string, from = "127.0.0.1") {
    this.#url = url;
    this.#token = token;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 20, localAddress: from });
  }

  get(path: string): Promise<Answer> {
    return this.#ask("GET", path, undefined);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.#ask("POST", path, JSON.stringify(body));
  }

  close(): void {
    this.#agent.destroy();
  }

  #ask(method: string, path: string, body: string | undefined): Promise<Answer> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
    };
    return new Promise((resolve, reject) => {
      const asked = request(`${this.#url}/api/v1${path}`, { method, headers, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, body: text === "" ? undefined : JSON.parse(text) });
        });
      });
      asked.on("error", reject);
      asked.end(body);
    });
  }
}
