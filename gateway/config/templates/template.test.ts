import { describe, expect, it } from "vitest";
import { fill } from "./fill.ts";
import { readTemplate } from "./template.ts";

const whole = `template: 1
name: Meter
parameters:
  host: { type: host, description: Address }
devices:
  box: { driver: cells, host: "\${host}" }
machine:
  tags:
    power: { device: "\${box}", type: double }
`;

function told(text: string): string {
  const read = readTemplate("meter", "templates/meter.yaml", text);
  return [...(read.ok ? read.warnings : read.problems)].map(({ message }) => message).join("\n");
}

describe("a template's file", () => {
  it("is right as it is", () => {
    expect(told(whole)).toBe("");
  });

  it.each([
    ["template: 1", "template: 2", "templates/meter.yaml:1:11: template: expected 1"],
    ["name: Meter\n", "", "name: is missing"],
    ["name: Meter", "name: Meter\nmachin: x", 'machin: unknown key – did you mean "machine"?'],
    ["type: host", "type: hots", "templates/meter.yaml:4:17: parameters.host.type: expected one of text,"],
    ["type: host,", "type: host, default: 4,", "parameters.host.default: expected a host name or an address, not 4"],
    ["type: host,", "type: host, choices: [a],", "parameters.host.choices: with type: choice, and only then"],
    ["type: host,", "type: choice,", "parameters.host.choices: with type: choice, and only then"],
    ["type: host,", "type: host, default: a, optional: true,", "it has a default, so it is never left out"],
    ["  host: {", "  id: { type: text, description: x }\n  host: {", '"id" is given by the machine itself'],
    [
      "  host: {",
      "  pin2: { type: secret, description: x }\n  host: {",
      "a secret is called so that everybody sees it",
    ],
    ["  host: {", "  box: { type: text, description: x }\n  host: {", 'devices.box: "box" is a parameter too'],
    [
      "  host: {",
      "  spare: { type: text, description: x }\n  host: {",
      "parameters.spare: nothing in the template uses it",
    ],
    [`\${box}`, `\${bix}`, 'machine.tags.power.device: there is no parameter "bix" – did you mean "box"?'],
    [`\${box}`, `\${bo x}`, `\${bo x} is no placeholder: \${parameter}, \${parameter + 10} or \${env:NAME}`],
    [`\${box}`, `\${box`, `\${box is no placeholder`],
    [`\${host}`, `\${host + 1}`, "host is no whole number or register: nothing can be added to it"],
    ["  tags:", "  tgas:", 'machine.tgas: unknown key – did you mean "tags"?'],
    ["machine:\n", "machine: 5\nmore:\n", "machine: is missing"],
    [whole, "", "the file is empty; it must begin with template: 1"],
    ["name: Meter", "name: Meter\nname: Again", '"name" stands here twice'],
    ["name: Meter", "name: &a Meter\ndescription: *a", "aliases (*name) cannot be used here"],
  ])("with %j as %j is told by line", (was, is, expected) => {
    expect(told(whole.replace(was, () => is))).toContain(expected);
  });

  it("takes references, which are no placeholders", () => {
    expect(told(whole.replace(`\${host}`, () => `\${env:HOST}\${file:x y}\${host}`))).toBe("");
  });
});

describe("filling in", () => {
  const values = new Map<string, Parameters<typeof fill>[0] | undefined>([
    ["n", 7],
    ["yes", true],
    ["name", { en: "Pump", it: "Pompa" }],
    ["gone", undefined],
    ["odd", `\${n} $& $1`],
  ]);
  it.each([
    [`\${n}`, 7],
    [`\${n + 3}`, 10],
    [`\${ n-3 }`, 4],
    [`a\${n}b\${n+1}`, "a7b8"],
    [`\${yes}`, true],
    [`is \${yes}`, "is true"],
    [`\${name}`, { en: "Pump", it: "Pompa" }],
    [
      { en: `The \${name}`, it: `La \${name}` },
      { en: "The Pump", it: "La Pompa" },
    ],
    [{ a: `\${gone}`, b: 1 }, { b: 1 }],
    [{ a: { b: `x \${gone}` }, c: 1 }, { c: 1 }],
    [[`\${gone}`, 2], [2]],
    [`\${env:X} \${n}`, `\${env:X} 7`],
    // What was filled in is not looked through again.
    [`\${odd}`, `\${n} $& $1`],
    [`x\${odd}`, `x\${n} $& $1`],
  ])("%j gives %j", (value, expected) => {
    expect(fill(value, values, { left: 1000 })).toEqual(expected);
  });

  it("ends when too much is made", () => {
    expect(() =>
      fill(
        Array.from({ length: 20 }, () => `\${n}`),
        values,
        { left: 20 },
      ),
    ).toThrow(RangeError);
  });
});
