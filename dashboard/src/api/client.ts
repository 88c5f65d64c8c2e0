import type { CommandProblem } from "./wire.ts";

/** The gateway answered, and the answer is no. Nothing was done unless the problem says so. */
export class Refusal extends Error {
  readonly problem: CommandProblem;
  /** Seconds after which it makes sense to come back. */
  readonly retryAfterS: number | undefined;

  constructor(problem: CommandProblem, retryAfterS?: number) {
    super(problem.title);
    this.name = "Refusal";
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }
}

/** No answer came: what was asked may or may not have been done. */
export class NoAnswer extends Error {
  constructor(cause: unknown) {
    super("The gateway did not answer", { cause });
    this.name = "NoAnswer";
  }
}

export interface Call {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly body?: unknown;
  readonly token?: string | undefined;
  /** The version that a change is made on (If-Match). */
  readonly version?: number;
  readonly signal?: AbortSignal;
  /** Milliseconds; 10,000 by default. */
  readonly timeoutMs?: number;
}

const root = "api/v1";

/**
 * One HTTP request to `/api/v1` + path, sent once and never again by itself.
 * @throws Refusal when the gateway answers with a problem, NoAnswer when it does not answer.
 */
export async function call<Answer>(path: string, options: Call = {}): Promise<Answer> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 10_000);
  let response: Response;
  let text: string;
  try {
    response = await fetch(root + path, {
      method: options.method ?? "GET",
      headers: headers(options),
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: options.signal ? AbortSignal.any([timeout, options.signal]) : timeout,
      credentials: "same-origin",
      cache: "no-store",
    });
    text = await response.text();
  } catch (error) {
    throw new NoAnswer(error);
  }
  const answer = parsed(text);
  if (response.ok) return answer as Answer;
  // What is not ours (a proxy's page, an empty 502) is no answer of the gateway.
  if (!isProblem(answer)) throw new NoAnswer(new Error(`HTTP ${response.status}`));
  throw new Refusal(answer, Number(response.headers.get("retry-after")) || undefined);
}

function headers(options: Call): Record<string, string> {
  return {
    accept: "application/json, application/problem+json",
    ...(options.body === undefined ? {} : { "content-type": "application/json" }),
    ...(options.version === undefined ? {} : { "if-match": `"${options.version}"` }),
    ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
  };
}

function parsed(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(answer: unknown): answer is CommandProblem {
  return typeof answer === "object" && answer !== null && "code" in answer && "title" in answer;
}
