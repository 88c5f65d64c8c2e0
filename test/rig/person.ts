import { randomUUID } from "node:crypto";
import type { SignedIn } from "../../gateway/api/wire/auth.ts";
import type { Command, CommandProblem } from "../../gateway/api/wire/command.ts";
import type { ValueView } from "../../gateway/api/wire/equipment.ts";
import type { HistoryAnswer } from "../../gateway/api/wire/history.ts";
import { LiveView } from "./live-view.ts";

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

export interface Write {
  readonly key?: string;
  readonly ticket?: string | undefined;
  readonly wait?: number;
}

/** Somebody who is signed in, with a program instead of a browser. */
export class Person {
  readonly url: string;
  readonly name: string;
  readonly accessToken: string;
  readonly stopToken: string;

  constructor(url: string, name: string, tokens: Pick<SignedIn, "accessToken" | "stopToken">) {
    this.url = url;
    this.name = name;
    this.accessToken = tokens.accessToken;
    this.stopToken = tokens.stopToken;
  }

  static async signIn(url: string, username: string, password: string): Promise<Person> {
    const answer = await request<SignedIn>(url, "POST", "/auth/login", { body: { username, password } });
    if (answer.status !== 200) throw new Error(`sign-in of ${username}: ${JSON.stringify(answer)}`);
    return new Person(url, username, answer.body);
  }

  get<Body>(path: string, token = this.accessToken): Promise<Answer<Body>> {
    return request<Body>(this.url, "GET", path, { token });
  }

  post<Body>(path: string, body: unknown, token = this.accessToken): Promise<Answer<Body>> {
    return request<Body>(this.url, "POST", path, { token, body });
  }

  async ticket(): Promise<string> {
    return (await this.get<{ ticket: string }>("/ticket")).body.ticket;
  }

  /** `POST /commands` with the newest ticket, unless another one is given. */
  async write(target: string, value: unknown, write: Write = {}): Promise<Answer<Command & CommandProblem>> {
    const ticket = "ticket" in write ? write.ticket : await this.ticket();
    return this.post("/commands", { target, value, key: write.key ?? randomUUID(), ticket, wait: write.wait });
  }

  stop(equipment: string, token = this.accessToken): Promise<Answer<Command>> {
    return this.post(`/equipment/${equipment}/stop`, { reason: "test" }, token);
  }

  async value(tag: string): Promise<ValueView> {
    const answer = await this.get<ValueView[]>(`/values?tags=${tag}`);
    const [value] = Array.isArray(answer.body) ? answer.body : [];
    if (!value) throw new Error(`no value of ${tag}: ${JSON.stringify(answer)}`);
    return value;
  }

  /** All raw points of a tag from that moment on, over all pages. */
  async history(tag: string, startMs: number): Promise<HistoryAnswer["series"][number]["points"]> {
    const points: HistoryAnswer["series"][number]["points"] = [];
    const range = `tags=${tag}&start=${new Date(startMs).toISOString()}`;
    let next: string | undefined;
    do {
      const more = next === undefined ? "" : `&next=${encodeURIComponent(next)}`;
      const answer = await this.get<HistoryAnswer>(`/history?${range}${more}`);
      if (answer.status !== 200) throw new Error(`history: ${JSON.stringify(answer)}`);
      points.push(...(answer.body.series[0]?.points ?? []));
      next = answer.body.next;
    } while (next !== undefined);
    return points;
  }

  /** A socket that is authenticated and subscribed. */
  watch(tags: readonly string[]): Promise<LiveView> {
    return LiveView.open(this.url, this.accessToken, tags);
  }
}

export async function request<Body>(
  url: string,
  method: string,
  path: string,
  options: { token?: string; body?: unknown } = {},
): Promise<Answer<Body>> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as Body };
}
