import { expect, it } from "vitest";
import { judge } from "./answer.ts";

const influx = (error: string) => JSON.stringify({ error });
const conflict =
  'partial write: field type conflict: input field "value" on measurement "m" is type string, already exists as type float dropped=3';

it.each([
  ["everything taken", 204, "", { kind: "taken" }],
  ["a type that the field does not have", 400, influx(conflict), { kind: "refused", reason: conflict, dropped: 3 }],
  [
    "a line that cannot be read, the others taken",
    400,
    influx("partial write: unable to parse 'm a=NaN 1': invalid number dropped=0"),
    { kind: "refused", dropped: 0 },
  ],
  [
    "a line alone that cannot be read",
    400,
    influx("unable to parse 'm': missing fields"),
    { kind: "refused", dropped: undefined },
  ],
  ["VictoriaMetrics on a line", 400, "cannot unmarshal line", { kind: "refused" }],
  [
    "lines that are older than it keeps",
    400,
    influx("partial write: points beyond retention policy dropped=12"),
    { kind: "expired", dropped: 12 },
  ],
  ["a body too large", 413, influx("Request Entity Too Large"), { kind: "too-large" }],
  [
    "a 400 of something else that is no fault of the lines",
    400,
    "Bad Request",
    { kind: "failed", reason: "the server answers 400: Bad Request" },
  ],
  ["no database in the request", 400, influx("database is required"), { kind: "failed" }],
  [
    "a wrong password",
    401,
    influx("authorization failed"),
    { kind: "failed", reason: "the server answers 401: authorization failed" },
  ],
  [
    "no such database",
    404,
    influx('database not found: "p"'),
    { kind: "failed", reason: 'the server answers 404: database not found: "p"' },
  ],
  ["a server in trouble", 500, "", { kind: "failed", reason: "the server answers 500" }],
  ["a redirect, which is not followed", 302, "", { kind: "failed", reason: "the server answers 302" }],
])("%s", (_, status, body, expected) => {
  expect(judge(status, body, undefined)).toMatchObject(expected);
});

it("keeps what the server says within bounds", () => {
  const answer = judge(503, "x".repeat(10_000), undefined);
  expect(answer.kind === "failed" && answer.reason.length).toBeLessThan(400);
});

it.each([
  ["7", 7000],
  ["999999", 300_000],
  ["Wed, 21 Oct 2026 07:28:00 GMT", undefined],
  ["-1", undefined],
  [undefined, undefined],
])("Retry-After %j is %j ms", (header, retryAfterMs) => {
  expect(judge(429, "", header)).toMatchObject({ kind: "failed", retryAfterMs });
});
