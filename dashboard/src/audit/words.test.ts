import { expect, it } from "vitest";
import { whoWord } from "./words.ts";

it.each([
  ["system:command-line", "audit.by-box"],
  ["system:heartbeat", "audit.by-system"],
  ["ada", undefined],
  ["kiosk:Press panel", undefined],
])("says of %s who it was: %s", (who, word) => {
  expect(whoWord(who)).toBe(word);
});
