import { expect, test } from "vitest";
import { packmlWords as shown } from "../../dashboard/src/i18n/states.ts";
import { packmlWords, stateText } from "../../gateway/core/control/packml.ts";

/** The gateway names states in the causes of a refusal, the screens everywhere else. */
test("the states of a machine have the same words in a refusal and on the screens", () => {
  expect(new Map(packmlWords.map((state) => [state, stateText(state)]))).toEqual(new Map(shown));
});
