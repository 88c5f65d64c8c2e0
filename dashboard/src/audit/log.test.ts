import { afterEach, expect, test, vi } from "vitest";
import type { AuditRow } from "../api/wire.ts";
import { session } from "../session/session.svelte.ts";
import { AuditLog, auditPath, filterOf, filterQuery, noFilter } from "./log.svelte.ts";

afterEach(() => vi.restoreAllMocks());

const row = (n: number): AuditRow => ({
  n,
  at: "2026-11-24T08:00:00.000Z",
  class: "system",
  action: "gateway.started",
  who: "system:gateway",
  detail: {},
  hash: "",
});

/** Answers of the gateway by path, as `session.call` gives them. */
function answering(pages: ReadonlyMap<string, unknown>) {
  return vi.spyOn(session, "call").mockImplementation(async (path) => {
    if (!pages.has(path)) throw new Error(`nobody expected ${path}`);
    return pages.get(path) as never;
  });
}

test("a filter asks only for what is filled in", () => {
  expect(auditPath({ ...noFilter, action: "sign-in.failed", who: " M. Rossi " }, "51")).toBe(
    "/audit?limit=50&action=sign-in.failed&who=M.+Rossi&next=51",
  );
});

test("older pages come behind, until that was all", async () => {
  const pages = [
    ["/audit?limit=50", { items: [row(3), row(2)], next: "2" }],
    ["/audit?limit=50&next=2", { items: [row(1)] }],
  ] as const;
  answering(new Map<string, unknown>(pages));
  const log = new AuditLog();
  await log.reload();
  expect(log.next).toBe("2");
  await log.more();
  expect(log.entries?.map(({ n }) => n)).toEqual([3, 2, 1]);
  expect(log.next).toBeUndefined();
});

test("newer entries are counted and do not move what is read", async () => {
  const pages = new Map<string, unknown>([["/audit?limit=50", { items: [row(3)] }]]);
  answering(pages);
  const log = new AuditLog();
  await log.reload();
  pages.set("/audit?limit=50", { items: [row(5), row(4), row(3)] });
  await log.look();
  expect(log.newer).toBe(2);
  expect(log.entries?.map(({ n }) => n)).toEqual([3]);
  await log.reload();
  expect(log.newer).toBe(0);
  expect(log.entries?.map(({ n }) => n)).toEqual([5, 4, 3]);
});

test("a filter is the same again out of the address, and what is no filter is left out", () => {
  const filter = { ...noFilter, who: "M. Rossi", text: "a&b=c", from: "2026-11-24T08:00:00.000Z" };
  expect(filterOf(String(filterQuery(filter)))).toEqual(filter);
  expect(filterOf("who=x&limit=9&__proto__=y&from=yesterday")).toEqual({ ...noFilter, who: "x" });
  expect(String(filterQuery(noFilter))).toBe("");
});
