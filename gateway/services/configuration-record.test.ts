import { expect, it } from "vitest";
import { canonicalJson } from "../core/audit/canonical.ts";
import type { AuditEntry } from "../core/records-port.ts";
import { ManualTime } from "../kit/testing/manual-time.ts";
import { recordConfiguration } from "./configuration-record.ts";

it("tells no client secret that was stored before they were left out, and stores none again", async () => {
  const provider = { id: "firm", clientId: "plancia" };
  const before = { security: { providers: [{ ...provider, clientSecret: "canary-of-before" }] }, site: { name: "A" } };
  const stored = [JSON.stringify(before)];
  const written: AuditEntry[] = [];
  const settings = {
    store: {
      lastConfiguration: async () => stored.at(-1),
      putConfiguration: async (text: string) => void stored.push(text),
    },
    audit: { append: async (entry: AuditEntry) => ({ ...entry, n: written.push(entry), hash: "" }) },
    clock: new ManualTime(),
  };
  const now = canonicalJson({ security: { providers: { firm: provider } }, site: { name: "B" } });
  await recordConfiguration(settings, now);
  expect(written).toMatchObject([
    { action: "config.changed", detail: { changes: { "site.name": { from: "A", to: "B" } } } },
  ]);
  expect(JSON.stringify(written) + stored.at(-1)).not.toContain("canary");
  await recordConfiguration(settings, now);
  expect([written.length, stored.length]).toEqual([1, 2]);
});
