import { silentLog } from "../../core/log.ts";
import type { Plant } from "../../core/plant.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { type Api, createApi } from "../api.ts";
import type { Problem } from "../wire/scalars.ts";
import { ApiBench } from "./api-bench.ts";

export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
  readonly body: Body;
  readonly problem: Problem;
}

/** The whole API over the bench, without a socket, on a clock that a test moves. */
export class InjectBench {
  readonly time = new ManualTime();
  readonly bench: ApiBench;
  readonly #api: Promise<Api>;

  constructor(
    options: Partial<Omit<Parameters<typeof createApi>[0], "useCases" | "clock" | "timers">> = {},
    plant: Partial<Plant> = {},
  ) {
    this.bench = new ApiBench(this.time, this.time, plant);
    this.bench.populate();
    const { time } = this;
    this.#api = createApi({ log: silentLog, ...options, useCases: this.bench.useCases, clock: time, timers: time });
  }

  get api(): Promise<Api> {
    return this.#api;
  }

  async close(): Promise<void> {
    await (await this.#api).close();
  }

  /** Sends JSON as a person (his access token), with a token, or as nobody. */
  async call<Body = unknown>(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    url: string,
    options: { as?: string; token?: string; body?: unknown; headers?: Record<string, string>; raw?: string } = {},
  ): Promise<Answer<Body>> {
    const { app } = await this.#api;
    const token = options.as === undefined ? options.token : (await this.bench.people.enter(options.as)).accessToken;
    const answer = await app.inject({
      method,
      url,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(options.raw === undefined ? {} : { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(options.raw === undefined ? { payload: options.body as object } : { payload: options.raw }),
    });
    const isJson = /json/.test(String(answer.headers["content-type"]));
    const body = isJson && answer.payload !== "" ? JSON.parse(answer.payload) : undefined;
    const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
    return { status: answer.statusCode, headers, text: answer.payload, body, problem: body };
  }
}
