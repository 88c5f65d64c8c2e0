import { describe, expect, it } from "vitest";
import { believedAheadMs, dueErasures } from "./retention.ts";

const day = 86_400_000;
const now = Date.UTC(2026, 10, 26, 12);
const keep = { intervention: 1827 * day, administration: 1827 * day, "sign-in": 366 * day, system: 1827 * day };

describe("what of the audit has had its time", () => {
  it.each([
    ["each class after its own time", now, [now, now - day], now],
    ["a gateway that was off for a month goes on from what it knew", now, [now, now - 30 * day], now - 28 * day],
    ["a clock ten years ahead since an hour moves two days", now + 3650 * day, [now + 3650 * day, now], now + 2 * day],
    ["a clock that went back erases by the clock", now - 9 * day, [now - 9 * day, now], now - 9 * day],
    ["at the limit", now, [now, now - believedAheadMs], now],
  ])("%s", (_what, nowMs, anchors, believed) => {
    expect(dueErasures(keep, nowMs, anchors)).toEqual([
      { class: "intervention", beforeMs: believed - 1827 * day },
      { class: "administration", beforeMs: believed - 1827 * day },
      { class: "sign-in", beforeMs: believed - 366 * day },
      { class: "system", beforeMs: believed - 1827 * day },
    ]);
  });

  it.each([[[]], [[now]]])("nothing before the second anchor (%j)", (anchors) => {
    expect(dueErasures(keep, now, anchors)).toEqual([]);
  });
});
