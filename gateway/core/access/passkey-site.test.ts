import { describe, expect, it } from "vitest";
import { countRises, passkeyPlace } from "./passkey-site.ts";

describe("where passkeys can be used", () => {
  it.each([
    ["https://plancia.example", "plancia.example", "https://plancia.example"],
    ["https://plancia.example:8443/", "plancia.example", "https://plancia.example:8443"],
    ["https://plancia", "plancia", "https://plancia"],
    ["http://localhost:8080", "localhost", "http://localhost:8080"],
    ["http://box.localhost", "box.localhost", "http://box.localhost"],
  ])("at %s they belong to %s", (publicUrl, rpId, origin) => {
    expect(passkeyPlace(publicUrl, "Works")).toEqual({ ok: true, site: { rpId, origin, name: "Works" } });
  });

  it.each([
    [undefined, "no-name"],
    ["https://192.168.1.20:8443", "address"],
    ["http://127.0.0.1:8080", "address"],
    ["https://[fd00::1]", "address"],
    ["http://plancia.example", "not-secure"],
    ["http://notlocalhost", "not-secure"],
  ])("at %s they do not exist: %s", (publicUrl, rule) => {
    expect(passkeyPlace(publicUrl, "Works")).toMatchObject({ ok: false, rule });
  });
});

describe("the sign count of an authenticator", () => {
  it.each([
    [0, 0, true],
    [0, 1, true],
    [7, 8, true],
    [7, 900, true],
    [7, 7, false],
    [7, 6, false],
    [7, 0, false],
  ])("after %i, %i counts on: %s", (seen, counter, rises) => {
    expect(countRises(seen, counter)).toBe(rises);
  });
});
