import { expect, test } from "vitest";
import { deviceError } from "./device-error.ts";

test.each([
  ["127.0.0.1:5999: nobody listens there", "127.0.0.1:5999: lì non ascolta nessuno"],
  ["the broker ended the session", "il broker ha chiuso la sessione"],
  ["opc.tcp://press:4840: something new", "opc.tcp://press:4840: something new"],
  [
    "the server refuses a subscription: the server has no subscription free (BadTooManySubscriptions)",
    "il server rifiuta una sottoscrizione: il server non ha sottoscrizioni libere (BadTooManySubscriptions)",
  ],
  ["", ""],
])("%s in Italian", (text, italian) => {
  expect(deviceError(text, "it")).toBe(italian);
  expect(deviceError(text, "en")).toBe(text);
});
