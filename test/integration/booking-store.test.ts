import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../../gateway/core/log.ts";
import { createRecords } from "../../gateway/stores/records/records.ts";
import { endPeers, recordsPeer } from "./records-peer.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-booking-"));
  file = join(folder, "records.db");
});
afterEach(async () => {
  await endPeers();
  rmSync(folder, { recursive: true, force: true });
});

describe("one slot, tried for 200 times at once by fifty people through two processes", () => {
  it("is one person's; the other 199 tries are told that it is taken", async () => {
    const peers = ["a", "b"].map((name) => recordsPeer(file, "book-slot", name, 100));
    await Promise.all(peers.map((peer) => peer.ready));
    const codes = (await Promise.all(peers.map((peer) => peer.run()))).flatMap((line) => JSON.parse(line) as string[]);
    expect(
      Object.fromEntries(
        Map.groupBy(codes, String)
          .entries()
          .map(([code, all]) => [code, all.length]),
      ),
    ).toEqual({
      booked: 1,
      "booking/overlap": 199,
    });
    const records = await createRecords({ file, log: silentLog });
    const kept = await records.bookings.listBookings({ fromMs: 0, toMs: 10_000 });
    expect(kept).toHaveLength(1);
    // Who has it has the right, and nobody else has.
    const slots = await Promise.all(Array.from({ length: 50 }, (_, n) => records.bookings.slotsOf(`guest-${n}`)));
    expect(slots.flatMap((one, n) => (one.length > 0 ? [`guest-${n}`] : []))).toEqual([kept[0]?.userId]);
    await records.close();
  }, 30_000);
});
