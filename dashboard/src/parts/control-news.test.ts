import { beforeEach, expect, test } from "vitest";
import { nowMs } from "../gallery/samples.ts";
import { say } from "../i18n/language.svelte.ts";
import type { ControlNews } from "../live/control-news.svelte.ts";
import { newsWords, reasonWords } from "./control-news.ts";

const news = (more: Partial<ControlNews>): ControlNews => ({
  change: "forced",
  holder: "G. Bianchi",
  by: "G. Bianchi",
  reason: undefined,
  atMs: nowMs,
  ...more,
});

beforeEach(() => {
  say.choose("en");
  say.zone = "UTC";
});

test.each<[Partial<ControlNews>, string]>([
  [{}, "G. Bianchi took control by force, 14:32"],
  [{ by: "M. Rossi", holder: "M. Rossi" }, "You took control by force, 14:32"],
  [{ change: "declined", by: "L. Conti", holder: "L. Conti" }, "L. Conti keeps control, 14:32"],
  [{ change: "withdrawn", reason: "unanswered" }, "No answer: control stays where it is, 14:32"],
  [{ change: "handed-over", by: "M. Rossi", holder: "L. Conti" }, "Control handed over to L. Conti, 14:32"],
  [{ change: "handed-over", by: "L. Conti", holder: "M. Rossi" }, "L. Conti handed control over to you, 14:32"],
  [{ change: "ended", holder: null, by: undefined }, "Your control ended, 14:32"],
])("R41: %o is told to M. Rossi as %s", (more, words) => {
  expect(newsWords(news(more), "M. Rossi", nowMs)).toBe(words);
});

test("why it ended is told in the reader's language; what a person wrote stays theirs", () => {
  expect(reasonWords(news({ change: "ended", reason: "local-control" }))).toContain("turned to LOCAL");
  expect(reasonWords(news({ reason: "Nobody answers" }))).toBe("Nobody answers");
  expect(reasonWords(news({ reason: "local-control" }))).toBe("local-control");
  expect(reasonWords(news({ change: "withdrawn", reason: "unanswered" }))).toBeUndefined();
});
