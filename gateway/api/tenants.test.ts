import { afterEach, describe, expect, it } from "vitest";
import { InjectBench } from "./testing/inject.ts";

/** S21: one tenant cannot starve another, nor the house. */
let bench: InjectBench;
afterEach(() => bench.close());

function twoTenants(limits: NonNullable<ConstructorParameters<typeof InjectBench>[0]>["limits"] & object): void {
  bench = new InjectBench({ limits });
  const { people } = bench.bench;
  for (const [name, organisation] of [
    ["ann", "acme"],
    ["abe", "acme"],
    ["zoe", "zeta"],
  ] as const) {
    const user = people.put(name, "operator");
    people.users.set(user.id, { ...user, organisation });
  }
}

async function statuses(name: string, times: number, path = "/api/v1/ticket"): Promise<readonly number[]> {
  const { accessToken: token } = await bench.bench.people.enter(name);
  const found: number[] = [];
  for (let n = 0; n < times; n++) found.push((await bench.call("GET", path, { token })).status);
  return found;
}

async function metric(name: string): Promise<string> {
  const { text } = await bench.call("GET", "/metrics", { as: "administrator" });
  return text.split("\n").find((line) => line.startsWith(name)) ?? "";
}

describe("a tenant that asks without end", () => {
  it("uses up its own requests, and nobody else's; its stop requests go on", async () => {
    twoTenants({ userRequestsPerMinute: 20, organisationRequestsPerMinute: 30 });
    expect((await statuses("ann", 25)).filter((status) => status === 200)).toHaveLength(20);
    expect((await statuses("abe", 25)).filter((status) => status === 200)).toHaveLength(10);
    expect(await statuses("zoe", 15)).toEqual(Array(15).fill(200));
    expect(await statuses("operator", 15)).toEqual(Array(15).fill(200));
    expect((await bench.call("POST", "/api/v1/stop", { as: "ann" })).status).toBe(200);
    expect(await metric('plancia_rate_limited_total{by="user"}')).toMatch(/ 10$/);
    expect(await metric('plancia_rate_limited_total{by="organisation"}')).toMatch(/ 10$/);
  });

  it("has so many history queries on their way, and others have theirs", async () => {
    twoTenants({ userQueries: 2, organisationQueries: 3 });
    const { history } = bench.bench.useCases;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const answer = history.query.bind(history);
    Object.assign(history, {
      async query(...asked: Parameters<typeof answer>) {
        await held;
        return answer(...asked);
      },
    });
    const start = new Date(bench.time.wallMs() - 60_000).toISOString();
    const ask = (as: string) => bench.call("GET", `/api/v1/history?tags=press/speed&start=${start}`, { as });
    const waiting = [ask("ann"), ask("ann"), ask("abe")];
    await new Promise(setImmediate);
    const refused = await Promise.all([ask("ann"), ask("abe")]);
    expect(refused.map(({ problem }) => problem.code)).toEqual(["request/rate-limited", "request/rate-limited"]);
    const other = ask("zoe");
    release();
    expect((await Promise.all([...waiting, other])).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await ask("ann")).status).toBe(200);
    expect(await metric("plancia_queries_refused_total")).toMatch(/ 2$/);
  });
});
