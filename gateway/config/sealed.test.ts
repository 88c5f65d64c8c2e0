import { describe, expect, it } from "vitest";
import type { OpenedSecret, OpenSecret } from "../core/access/credentials-port.ts";
import { PlanciaError } from "../core/errors.ts";
import type { LoadContext } from "./load.ts";
import { header, loadText } from "./testing/configuration.ts";

const sealed = (text: string) => `\${sealed:${text}}`;
const answers: Readonly<Record<string, OpenedSecret>> = {
  "s1.good.0": { ok: true, secret: "canary-of-the-plc" },
  "s1.number.0": { ok: true, secret: "12345" },
  "s1.cut": { ok: false, why: "damaged" },
  "s1.other.0": { ok: false, why: "other key" },
};
const openSecret: OpenSecret = (text) => answers[text] ?? { ok: false, why: "no key" };

const load = (device: string, context: Partial<LoadContext> = { openSecret }) =>
  loadText(header.replace("host: a", device), {}, {}, 0o600, context);

const told = ({ message }: { readonly message: string }) => message.replace(/^.*\/(?=gateway\.yaml)/, "");
const problems = async (device: string, context?: Partial<LoadContext>) => {
  const loaded = await load(device, context);
  return loaded.ok ? [] : loaded.problems.map(told);
};

describe("a sealed secret in the configuration", () => {
  it("is opened in its place, a number too stays a text", async () => {
    const loaded = await load(`host: a, password: "${sealed("s1.good.0")}"`);
    expect(loaded.ok && loaded.plant.devices[0]?.settings).toMatchObject({ password: "canary-of-the-plc" });
    const number = await load(`host: a, password: "${sealed("s1.number.0")}"`);
    expect(number.ok && number.plant.devices[0]?.settings).toMatchObject({ password: "12345" });
  });

  const place = "gateway.yaml:5:44: devices.plc.password: the sealed secret";
  it.each([
    ["cut", `password: "${sealed("s1.cut")}"`, `${place} is cut or mistyped`],
    ["without its end", 'password: "${sealed:s1.good.0"', `${place} is cut: its } is missing`],
    ["of another key", `password: "${sealed("s1.other.0")}"`, `${place} was sealed with the key of another`],
    [
      "where no key is",
      `password: "${sealed("s1.unknown.0")}"`,
      `${place} cannot be opened: the installation's key is`,
    ],
  ])("that is %s is refused with its line and what to do", async (_, device, expected) => {
    const found = await problems(`host: a, ${device}`);
    expect(found.join("\n")).toContain(expected);
    expect(found).toHaveLength(1);
  });

  it("is refused where it would be shown", async () => {
    expect(await problems(`host: "${sealed("s1.good.0")}"`)).toEqual([
      "gateway.yaml:5:31: devices.plc.host: a sealed secret belongs only where a password, secret or token is expected",
    ]);
  });

  it("tells of a key that must not be used, by its words", async () => {
    const openUnsafe: OpenSecret = () => {
      throw new PlanciaError("start/unsafe", "The key file k can be read by others");
    };
    expect(await problems(`host: a, password: "${sealed("s1.good.0")}"`, { openSecret: openUnsafe })).toEqual([
      `${place} cannot be opened: The key file k can be read by others`,
    ]);
  });

  it("of another key, or without one, is a warning where the file is only checked; a cut one is wrong everywhere", async () => {
    const checked = { openSecret, missingSecrets: "warning" } as const;
    for (const text of ["s1.other.0", "s1.unknown.0"]) {
      const loaded = await load(`host: a, password: "${sealed(text)}"`, checked);
      expect(loaded.ok).toBe(true);
      expect(loaded.warnings.map(told).join("\n")).toContain("the gateway will not start without it");
    }
    expect(await problems(`host: a, password: "${sealed("s1.cut")}"`, checked)).toHaveLength(1);
    expect(await problems(`host: a, password: "${sealed("s1.good.0")}"`, {})).toHaveLength(1);
  });

  it("never stands in a problem about its value", async () => {
    const found = await problems(`host: a, port: "x", password: ["${sealed("s1.good.0")}"]`);
    expect(found.length).toBeGreaterThan(0);
    expect(found.join("\n")).not.toContain("canary");
  });
});
