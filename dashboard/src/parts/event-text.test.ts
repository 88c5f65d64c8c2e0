import { describe, expect, test } from "vitest";
import type { CommandEvent } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { eventText } from "./event-text.ts";

type Said = Pick<CommandEvent, "step" | "data" | "text">;

describe("what happened to a command", () => {
  test.each<[string, Said, string, string]>([
    [
      "a step",
      { step: "recorded", text: "-" },
      "put on the record, before it is sent",
      "messo a registro, prima dell'invio",
    ],
    [
      "a person's words",
      { step: "declined-because", data: { user: "sara", reason: "Stampo <usurato>" }, text: "-" },
      "declined by sara: Stampo <usurato>",
      "rifiutato da sara: Stampo <usurato>",
    ],
    [
      "one write of several, in the device's words",
      { step: "unanswered", data: { at: "1", of: "2", detail: "no answer in time" }, text: "-" },
      "no answer to the write (1 of 2): no answer in time",
      "nessuna risposta alla scrittura (1 di 2): nessuna risposta entro il tempo",
    ],
    [
      "what had been done before it",
      { step: "too-old", data: { done: "2" }, text: "-" },
      "too old, and not sent; 2 steps were already done",
      "troppo vecchio, non inviato; 2 passi erano già fatti",
    ],
    [
      "what became of a stop request",
      { step: "stop-again", data: { outcomes: "written, rejected" }, text: "-" },
      "sent again: written, rejected",
      "inviata di nuovo: scritto, respinto",
    ],
    ["a record of before", { text: "approved by sara" }, "approved by sara", "approved by sara"],
    [
      "a step of a newer gateway",
      { step: "from-2030" as "recorded", text: "something new" },
      "something new",
      "something new",
    ],
  ])("%s is said in the reader's language", (_what, event, en, it) => {
    say.choose("en");
    expect(eventText(event)).toBe(en);
    say.choose("it");
    expect(eventText(event)).toBe(it);
  });
});
