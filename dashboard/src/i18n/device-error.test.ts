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
  [
    "the modbus driver was ended: it did not answer for 5 s",
    "il driver modbus è stato terminato: non ha risposto per 5 s",
  ],
  ["it did not start within 60000 ms", "non si è avviato entro 60000 ms"],
  ["it ended by itself (3)", "è terminato da sé (3)"],
  ["it needed more than 512 MiB", "aveva bisogno di più di 512 MiB"],
  ["a fault in it: callback is not a function", "un suo errore: callback is not a function"],
  ["", ""],
])("%s in Italian", (text, italian) => {
  expect(deviceError(text, "it")).toBe(italian);
  expect(deviceError(text, "en")).toBe(text);
});
