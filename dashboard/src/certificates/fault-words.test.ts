import { describe, expect, it } from "vitest";
import { faultWords } from "./fault-words.ts";

describe("what speaks against a certificate", () => {
  const rows = [
    ["it is revoked since 2026-05-30", "revocato dal 2026-05-30"],
    ["CN=Line, O=Plant is revoked since 2026-05-30", "CN=Line, O=Plant è revocato dal 2026-05-30"],
    ["the issuer of CN=Press is not known here: CN=Line", "chi ha rilasciato CN=Press qui non è noto: CN=Line"],
    [
      "there is no revocation list of CN=Line here (security: { revocation: ifKnown } does without)",
      "qui manca la lista di revoca di CN=Line (security: { revocation: ifKnown } does without)",
    ],
    [
      "the chain is too long: CN=Root allows 0 further authorities below it, these are 1",
      "catena troppo lunga: CN=Root ne permette 0, sono 1",
    ],
    ["it expired on 2026-05-31; it was rejected", "è scaduto il 2026-05-31; è stato rifiutato"],
    ["something new; it was rejected", "something new; è stato rifiutato"],
  ] as const;

  it.each(rows)("%s", (english, italian) => {
    expect([faultWords(english, "en"), faultWords(english, "it")]).toEqual([english, italian]);
  });
});
