import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../core/log.ts";
import { givenKey, loadInstallationKey, makeKeyFile } from "./installation-key.ts";
import { createSecrets } from "./secrets.ts";

const secrets = createSecrets(new Uint8Array(32).fill(7));

describe("secrets", () => {
  it("are 256 random bits, never the same twice", () => {
    const some = new Set(Array.from({ length: 1_000 }, () => secrets.random()));
    expect(some.size).toBe(1_000);
    for (const one of some) expect(one).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it("are known by their SHA-256", () => {
    expect(secrets.hash("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  it("name the sign-in of a cookie and of every cookie after it", () => {
    const { cookie, signInId } = secrets.newCookie();
    const next = secrets.nextCookie(cookie);
    expect(secrets.signInIdOf(cookie)).toBe(signInId);
    expect(secrets.signInIdOf(next)).toBe(signInId);
    expect(next).not.toBe(cookie);
    expect(cookie).not.toContain(signInId);
  });

  it("turn a cookie to the same next one each time, which nobody with another key can work out", () => {
    const { cookie } = secrets.newCookie();
    expect(secrets.nextCookie(cookie)).toBe(secrets.nextCookie(cookie));
    expect(createSecrets(new Uint8Array(32).fill(8)).nextCookie(cookie)).not.toBe(secrets.nextCookie(cookie));
  });

  it.each(["", "__proto__", "x".repeat(63), "x".repeat(65), `${"x".repeat(63)}=`, `${"x".repeat(63)}\n`])(
    "know no sign-in for %j",
    (cookie) => {
      expect(secrets.signInIdOf(cookie)).toBeUndefined();
    },
  );
});

describe("the installation's key", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "plancia-key-"));
    file = join(folder, "keys", "installation.key");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is made once, random, for the owner's eyes alone", () => {
    const key = loadInstallationKey(file, silentLog);
    expect(key).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(loadInstallationKey(file, silentLog)).toEqual(key);
    expect(loadInstallationKey(join(folder, "other.key"), silentLog)).not.toEqual(key);
    expect(readdirSync(join(folder, "keys"))).toEqual(["installation.key"]);
  });

  it.each([
    ["others could read it", () => chmodSync(file, 0o644)],
    ["it is cut", () => writeFileSync(file, readFileSync(file).subarray(0, 20))],
    ["it is empty", () => writeFileSync(file, "")],
  ])("is left for a person to decide about when %s", (_why, harm) => {
    loadInstallationKey(file, silentLog);
    harm();
    const before = readFileSync(file);
    expect(() => loadInstallationKey(file, silentLog)).toThrow(expect.objectContaining({ code: "start/unsafe" }));
    expect(readFileSync(file)).toEqual(before);
  });

  it("says so when the folder takes no file", () => {
    writeFileSync(join(folder, "plain"), "");
    expect(() => loadInstallationKey(join(folder, "plain", "key"), silentLog)).toThrow(
      expect.objectContaining({ code: "start/read-only" }),
    );
  });
});

describe("a key that is kept outside of the data folder (S8)", () => {
  let folder: string;
  let file: string;
  const text = () => readFileSync(file, "utf8");
  const harmed = (harm: () => void) => {
    harm();
    return { file };
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "plancia-key-"));
    file = join(folder, "given.key");
    makeKeyFile(file);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("is the same from its file, of which the group may read, and from the environment", () => {
    chmodSync(file, 0o440);
    expect(givenKey({ file })).toEqual(givenKey({ text: text() }));
    expect(givenKey({ file })).toHaveLength(32);
  });

  it("is never written over, and never made in passing", () => {
    const before = text();
    expect(() => makeKeyFile(file)).toThrow(expect.objectContaining({ code: "request/conflict" }));
    expect(text()).toBe(before);
    expect(() => givenKey({ file: join(folder, "none") })).toThrow(/is not there/);
    expect(readdirSync(folder)).toEqual(["given.key"]);
  });

  it.each<[string, () => Parameters<typeof givenKey>[0], RegExp]>([
    ["everybody can read its file", () => harmed(() => chmodSync(file, 0o644)), /can be read by everybody/],
    ["its file is cut", () => harmed(() => writeFileSync(file, text().slice(0, 30))), /is damaged/],
    ["it is a folder", () => ({ file: folder }), /cannot be read/],
    ["it is empty", () => ({ text: "" }), /is damaged, or no key/],
    ["it is a word", () => ({ text: "secret" }), /is damaged, or no key/],
    ["it is too short", () => ({ text: `plancia-key-1 ${"Zm9v".repeat(8)}` }), /is damaged, or no key/],
    ["it is all zeros", () => ({ text: `plancia-key-1 ${"A".repeat(43)}` }), /is not random/],
    [
      "it repeats itself",
      () => ({ text: `plancia-key-1 ${Buffer.from("plancia!".repeat(4)).toString("base64url")}` }),
      /is not random/,
    ],
  ])("is refused where %s", (_why, given, words) => {
    expect(() => givenKey(given())).toThrow(words);
  });
});
