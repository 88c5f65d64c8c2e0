import { expect, it } from "vitest";
import type { AuditEntry } from "../core/records-port.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { auditEntry } from "./audit.ts";
import { boundedFailures, failuresTold, failureWindowMs } from "./bounded-failures.ts";

it("tells failed sign-ins one by one up to sixty a minute, counts the others, and leaves the rest alone", async () => {
  const time = new ManualTime();
  const told: AuditEntry[] = [];
  const audit = boundedFailures(
    { append: async (entry) => ({ ...entry, n: 1, hash: "" }), note: (entry) => void told.push(entry) },
    time,
    time,
  );
  const fail = (i: number) =>
    audit.note(
      auditEntry({ at: 0, class: "sign-in", action: "sign-in.failed", who: `u${i}`, address: `192.0.2.${i % 7}` }),
    );
  for (let i = 0; i < 100_000; i++) fail(i);
  audit.note(auditEntry({ at: 0, class: "sign-in", action: "sign-in.ok", who: "ada" }));
  expect(told).toHaveLength(failuresTold + 1);
  expect(told.at(-1)?.action).toBe("sign-in.ok");
  await time.advance(failureWindowMs);
  expect(told.at(-1)).toMatchObject({
    ...{ action: "sign-in.failed-more", class: "sign-in", result: "refused" },
    detail: { entries: 100_000 - failuresTold, addresses: 7 },
  });
  fail(1);
  expect(told.at(-1)?.action).toBe("sign-in.failed");
  await time.advance(failureWindowMs);
  expect([told.length, time.pending]).toEqual([failuresTold + 3, 0]);
});
