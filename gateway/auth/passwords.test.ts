import { describe, expect, it } from "vitest";
import { HashingGate } from "./hashing-gate.ts";
import { checkPasswordQuality } from "./password-quality.ts";
import { createPasswords, defaultCost } from "./passwords.ts";

const cheap = createPasswords({ siteNames: [], cost: { memory: 64, passes: 1, parallelism: 1 } });

describe("passwords", () => {
  it("are hashed by argon2id with 19 MiB and two passes, each with its own salt, in PHC format", async () => {
    const passwords = createPasswords({ siteNames: [] });
    const [one, two] = await Promise.all([passwords.hash("tramonto-grigio-42"), passwords.hash("tramonto-grigio-42")]);
    expect(defaultCost).toEqual({ memory: 19_456, passes: 2, parallelism: 1 });
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await passwords.verify("tramonto-grigio-42", one)).toEqual({ ok: true, outdated: false });
    expect(await passwords.verify("tramonto-grigio-43", one)).toEqual({ ok: false, outdated: false });
  });

  it("verify against the reference implementation's own vector", async () => {
    // argon2 (reference C), test.c: hashtest(version, 2, 8, 1, "password", "somesalt", …, Argon2_id).
    const reference = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    expect(await cheap.verify("password", reference)).toEqual({ ok: true, outdated: true });
  });

  it("are never right for somebody who has none", async () => {
    expect(await cheap.verify("", undefined)).toEqual({ ok: false, outdated: false });
  });

  it("are the same however the letters are composed", async () => {
    expect(await cheap.verify("perche\u0301 no cosi\u0300", await cheap.hash("perché no così"))).toMatchObject({
      ok: true,
    });
  });

  it("of a lower cost are marked as outdated", async () => {
    const dear = createPasswords({ siteNames: [], cost: { memory: 128, passes: 1, parallelism: 1 } });
    expect(await dear.verify("x", await cheap.hash("x"))).toEqual({ ok: true, outdated: true });
  });
});

describe("the quality of a password", () => {
  const names = ["anna.bianchi", "Officine Verdi", "lab-1"];
  it.each([
    ["short", "user/password-too-short"],
    ["11 letters!", "user/password-too-short"],
    ["🤖🤖🤖🤖🤖🤖", "user/password-too-short"],
    [`long${"x".repeat(1000)}`, "request/invalid"],
    ["password1234", "user/password-common"],
    ["P@ssw0rd1234", "user/password-common"],
    ["Password2024!", "user/password-common"],
    ["passwordpassword", "user/password-common"],
    ["qwertyuiop123", "user/password-common"],
    ["1q2w3e4r5t6y", "user/password-common"],
    ["aaaaaaaaaaaa", "user/password-common"],
    ["abcabcabcabc", "user/password-common"],
    ["111222333444", "user/password-common"],
    ["123456789012", "user/password-common"],
    ["iloveyou1234!", "user/password-common"],
    ["amministratore1", "user/password-common"],
    ["forzajuventus1", "user/password-common"],
    ["giuseppe1975!!", "user/password-common"],
    ["annabianchi12", "user/password-common"],
    ["OfficineVerdi2024", "user/password-common"],
    ["demo-admin-2024", "user/password-common"],
    ["correct horse battery staple", "user/password-common"],
  ])("refuses %s", (password, code) => {
    expect(() => checkPasswordQuality(password, names)).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    "il-gatto mangia 7 nuvole",
    "tramonto-grigio-42",
    "Vx9-ktrw0-plmq",
    "zitronenfalter ueber",
    `${"x".repeat(988)}tramonto-gri`,
    "пять синих слонов",
  ])("takes %s", (password) => {
    expect(() => checkPasswordQuality(password, names)).not.toThrow();
  });

  it("is judged in a moment, whatever comes", () => {
    const started = performance.now();
    for (const text of ["a1".repeat(500), "ab".repeat(500), "\0".repeat(1000), "abcabd".repeat(160)]) {
      expect(() => checkPasswordQuality(text, names)).toThrow();
    }
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe("the hashing gate", () => {
  it("runs a few at a time, lets some wait and turns the rest away", async () => {
    const gate = new HashingGate(2, 3);
    let running = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    };
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => gate.run(work)));
    expect(answers.filter((answer) => answer.status === "rejected")).toHaveLength(3);
    expect([most, gate.refused]).toEqual([2, 3]);
    await gate.run(work);
    await expect(gate.run(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    await gate.run(work);
  });
});
