import { describe, expect, it } from "vitest";
import { keepVigil, quiet, type Vigil } from "./are-you-there.ts";

const minute = 60_000;

/** Each look: when, and when the person last showed; `-`: nothing to watch over. */
type Look = readonly [atMs: number, activeMs: number | "-"];

function states(looks: readonly Look[]): Vigil["state"][] {
  let vigil = quiet;
  return looks.map(([atMs, activeMs]) => {
    vigil = keepVigil(vigil, activeMs === "-" ? undefined : { activeMs }, atMs);
    return vigil.state;
  });
}

describe("are you there? (R43)", () => {
  it.each<[string, readonly Look[], readonly Vigil["state"][]]>([
    ["is not asked within ten minutes", [[10 * minute - 1, 0]], ["quiet"]],
    ["is asked after ten minutes without a sign", [[10 * minute, 0]], ["asked"]],
    [
      "waits a minute",
      [
        [10 * minute, 0],
        [11 * minute - 1, 0],
      ],
      ["asked", "asked"],
    ],
    [
      "then tells on-call, once",
      [
        [10 * minute, 0],
        [11 * minute, 0],
        [60 * minute, 0],
      ],
      ["asked", "told", "told"],
    ],
    [
      "is answered by a sign of life",
      [
        [10 * minute, 0],
        [10 * minute + 5, 10 * minute + 1],
      ],
      ["asked", "quiet"],
    ],
    [
      "begins anew once somebody showed",
      [
        [10 * minute, 0],
        [11 * minute, 0],
        [12 * minute, 11.5 * minute],
        [21.5 * minute, 11.5 * minute],
      ],
      ["asked", "told", "quiet", "asked"],
    ],
    [
      "ends with Execute, or with control",
      [
        [10 * minute, 0],
        [10 * minute + 1, "-"],
      ],
      ["asked", "quiet"],
    ],
    ["asks nobody where there is nothing to watch over", [[90 * minute, "-"]], ["quiet"]],
  ])("%s", (_name, looks, expected) => {
    expect(states(looks)).toEqual(expected);
  });
});

it("R43: asks sooner where the configuration says so, and never later", () => {
  const times = { silentMs: 20_000, askedMs: 10_000 };
  const at = (vigil: Vigil, nowMs: number) => keepVigil(vigil, { activeMs: 0 }, nowMs, times);
  expect(at(quiet, 19_999).state).toBe("quiet");
  const asked = at(quiet, 20_000);
  expect([asked.state, at(asked, 29_999).state, at(asked, 30_000).state]).toEqual(["asked", "asked", "told"]);
});
