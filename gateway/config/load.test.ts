import { describe, expect, it } from "vitest";
import { compile } from "../expressions/compile.ts";
import { loadPlant } from "./load.ts";
import { header, loadText, plantOf, press, problemsOf } from "./testing/configuration.ts";

const env = (name: string) => `\${env:${name}}`;
const speed = "speed: { device: plc, address: { cell: a }, type: double }";

describe("a file that cannot be used at all", () => {
  const cases: [string, string | Uint8Array, string][] = [
    ["a byte order mark", `\uFEFF${header}`, "gateway.yaml:1:1: the file begins with a byte order mark"],
    ["bytes that are not UTF-8", new Uint8Array([0x76, 0xff, 0xfe]), "gateway.yaml: the file is not UTF-8"],
    ["10 MB", "#".repeat(10_000_000), "gateway.yaml:1:1: the file is larger than 8 MiB"],
    ["nothing in it", "", "gateway.yaml:1:1: the file is empty"],
    ["an open bracket", "version: [1\nsite: {}", "gateway.yaml:2:1: YAML: "],
    ["tabs", "version: 1\nsite:\n\tid: a", "gateway.yaml:3:1: YAML: Tabs are not allowed as indentation"],
    ["two documents", `${header}---\na: 1\n`, "gateway.yaml:6:1: YAML: Source contains multiple documents"],
    ["a foreign tag", `${header}x: !!js/function "x"\n`, "gateway.yaml:6:4: YAML: Unresolved tag"],
    ["20,000 levels", `version: ${"[".repeat(20_000)}`, "gateway.yaml:1:1: nested deeper than 30 levels"],
    ["40 levels", `version: ${"[".repeat(40)}${"]".repeat(40)}`, "nested deeper than 30 levels"],
    ["a list", "- 1\n", "gateway.yaml:1:1: expected a group of keys, not a list"],
  ];
  it.each(cases)("with %s is refused with its line", async (_, text, expected) => {
    expect((await problemsOf(text)).join("\n")).toContain(expected);
  });

  it("that is not there, or a folder, is named", async () => {
    const context = { environment: {}, compile };
    const missing = await loadPlant("/nowhere/gateway.yaml", context);
    expect(missing.ok ? [] : missing.problems.map((each) => each.message)).toEqual([
      "/nowhere/gateway.yaml: there is no such file; --config FILE names another",
    ]);
    const folder = await loadPlant("/", context);
    expect(folder.ok ? "" : folder.problems[0]?.message).toBe("/: is a folder, not a file");
  });
});

describe("devices that share a channel", () => {
  const devices = (lines: string) => problemsOf(header + lines);

  it("are refused where they differ in what there is only one of, at the line of the later one", async () => {
    expect(await devices("  two: { driver: cells, host: a, port: 2 }\n")).toEqual([
      "gateway.yaml:6:40: devices.two.port: plc has 1",
    ]);
    expect(await devices("  two: { driver: cells, host: a }\n  three: { driver: cells, host: a, port: 3 }\n")).toEqual([
      "gateway.yaml:7:42: devices.three.port: plc has 1",
    ]);
  });

  it("may differ on channels of their own, and one that is wrong itself says no more", async () => {
    expect(await devices("  two: { driver: cells, host: b, port: 2 }\n")).toEqual([]);
    expect(await devices("  two: { driver: cells, host: a, port: 0 }\n")).toHaveLength(1);
  });
});

describe("keys and names", () => {
  it.each([
    ["gatway: { id: a }", 'gateway.yaml:6:1: gatway: unknown key – did you mean "gateway"?'],
    ["sector: 7", "gateway.yaml:6:1: sector: unknown key; known are version, gateway, site"],
    ["version: 1", 'gateway.yaml:6:1: "version" stands here twice; it was first given in line 1'],
    ["__proto__: { a: 1 }", 'gateway.yaml:6:1: "__proto__" cannot be a name'],
    ["constructor: 1", "gateway.yaml:6:1: constructor: unknown key"],
    ["toString: 1", "gateway.yaml:6:1: toString: unknown key"],
    ["<<: { a: 1 }", "gateway.yaml:6:1: <<: unknown key"],
    ["? [a]\n: 1", "gateway.yaml:6:3: a key must be a text"],
    ["x: &bomb [1]\ny: [*bomb, *bomb]", "gateway.yaml:7:5: y[0]: aliases (*name) cannot be used here"],
    ["x: &x { x: *x }", "gateway.yaml:6:12: x.x: aliases (*name) cannot be used here"],
    ["equipment: { Press: {} }", "gateway.yaml:6:14: equipment.Press: expected an id of small letters"],
    ["equipment: { in: {} }", "equipment.in: expected an id that is no reserved word"],
    ["equipment: { __proto__: {} }", '"__proto__" cannot be a name'],
    ["equipment: { constructor: { tags: 7 } }", "equipment.constructor.tags: expected a group of keys, not 7"],
    ["equipment: { a-b: {} }", "equipment.a-b: expected an id of small letters"],
    ["equipment: [ 1 ]", "gateway.yaml:6:12: equipment: expected a group of keys, not a list"],
    ['server: { trustedProxies: ["0.0.0.0/0"] }', "server.trustedProxies[0]: the address of a proxy"],
    ['server: { trustedProxies: ["::/0"] }', "server.trustedProxies[0]: the address of a proxy"],
    ['server: { trustedProxies: ["proxy.lan"] }', "server.trustedProxies[0]: the address of a proxy"],
    ["server: { limits: { requestsPerMinute: { user: 1 } } }", "server.limits.requestsPerMinute.user: expected"],
    ["server: { listen: 8080 }", "server.listen: expected a text, not 8080"],
    ["server: { listen: 127.0.0.1:99999 }", "server.listen: expected a port up to 65535"],
    [
      'server: { listen: "0.0.0.0:80" }',
      "gateway.yaml:6:19: server.listen: 0.0.0.0 can be reached from outside: tls.mode must be said",
    ],
    ["server: { tls: { mode: files } }", "server.tls: expected cert and key with mode: files, and only then"],
    ["historian: { commit: 250 }", "historian.commit: expected a duration as text"],
    ["historian: { commit: 1h }", "historian.commit: expected a duration from 50ms to 10s"],
    ["historian: { queue: .inf }", "historian.queue: expected a finite number"],
    ["historian: { queue: 1.5 }", "historian.queue: expected a whole number, not 1.5"],
    ["security:", "gateway.yaml:6:10: security: expected a group of keys, not nothing"],
    ["security: { secondFactor: of }", 'security.secondFactor: expected one of required, off – did you mean "off"?'],
  ])("%j is refused with line and column", async (line, expected) => {
    const problems = await problemsOf(`${header}${line}\n`);
    expect(problems.join("\n")).toContain(expected);
  });

  it("a machine may be called constructor", async () => {
    const { plant } = await plantOf(`${header}equipment: { constructor: { tags: { ${speed} } } }\n`);
    expect(plant.tags[0]?.name).toBe("constructor/speed");
  });

  it("one mistake hides no other", async () => {
    const problems = await problemsOf(`version: 2
site: { id: Lab, name: Lab, timezone: Europe/Rom }
devices:
  plc: { driver: cells, hots: a, interval: 5 }
  two: { driver: cell, host: a }
equipment:
  press:
    color: red
    overview: [sped, a, b, c]
    stop: { do: [{ write: nothing, value: 1 }], feedback: { when: "spee > 1.0" } }
    tags:
      speed: { device: plc, adress: { cell: a }, type: duble }
      level: { device: pcl, address: { sell: a }, type: double }
      load: { device: plc, address: { cell: 7 }, type: double }
`);
    expect(problems).toEqual([
      "gateway.yaml:1:1: gateway: is missing",
      "gateway.yaml:1:10: version: expected 1",
      "gateway.yaml:2:13: site.id: expected an id of small letters, digits, - and _, beginning with a letter",
      'gateway.yaml:2:39: site.timezone: expected a zone of the IANA list, such as "Europe/Rome"',
      "gateway.yaml:4:3: devices.plc.host: is missing",
      'gateway.yaml:4:25: devices.plc.hots: unknown key – did you mean "host"?',
      'gateway.yaml:4:44: devices.plc.interval: expected a duration as text, such as "500ms", "10s", "2min" or "1h"',
      'gateway.yaml:5:18: devices.two.driver: there is no driver "cell" – did you mean "cells"?',
      "gateway.yaml:8:5: equipment.press.color: unknown key; known are name, area, description, state, mode, local, lease, onLossOfControl, stop, commands, interlocks, permissives, emergencyStop, phone, phoneControl, unattended, areYouThere, heartbeat, deviceLock, commissioning, record, overview, bookable, formerly, tags",
      "gateway.yaml:9:15: equipment.press.overview: expected a list of at most 3",
      'gateway.yaml:10:27: equipment.press.stop.do[0].write: there is no tag "nothing" on this machine',
      'gateway.yaml:10:67: equipment.press.stop.feedback.when: "press" has no tag "spee" (at character 1 of "spee > 1.0")',
      "gateway.yaml:12:7: equipment.press.tags.speed.address: is missing",
      'gateway.yaml:12:29: equipment.press.tags.speed.adress: unknown key – did you mean "address"?',
      'gateway.yaml:12:56: equipment.press.tags.speed.type: expected one of boolean, sbyte, byte, int16, uint16, int32, uint32, int64, uint64, float, double, string, dateTime, byteString – did you mean "double"?',
      'gateway.yaml:13:24: equipment.press.tags.level.device: there is no device "pcl" – did you mean "plc"?',
      "gateway.yaml:14:45: equipment.press.tags.load.address.cell: expected a text, not 7 (a text needs quotes)",
    ]);
  });

  it("stops counting at 200 and says how many more there are", async () => {
    const machines = Array.from({ length: 500 }, (_, i) => `  m${i}: { color: red }`).join("\n");
    const problems = await problemsOf(`${header}equipment:\n${machines}\n`);
    expect(problems).toHaveLength(201);
    expect(problems.at(-1)).toBe("gateway.yaml: and 300 more");
  });
});

describe("what comes from the environment", () => {
  it("sets single values, whatever their case, and beats the file", async () => {
    const { plant } = await plantOf(press(`tags: { ${speed} }`), {
      PLANCIA__SERVER__LISTEN: "[::1]:0",
      PLANCIA__SERVER__PUBLIC_URL: "https://plancia.example",
      PLANCIA__DEVICES__PLC__PORT: "77",
      PLANCIA__SITE__NAME: "Other",
      PLANCIA_OTHER: "not for us",
    });
    expect(plant.server).toMatchObject({ host: "::1", port: 0, publicUrl: "https://plancia.example" });
    expect(plant.devices[0]?.settings).toMatchObject({ port: 77 });
    expect(plant.site.name).toBe("Other");
  });

  it("a variable that fits nothing is refused by its name", async () => {
    expect(await problemsOf(header, { PLANCIA__SERVR__LISTEN: "a" })).toEqual([
      'PLANCIA__SERVR__LISTEN: unknown key – did you mean "server"?',
    ]);
    expect(await problemsOf(header, { PLANCIA__SERVER: "a" })).toEqual([
      "PLANCIA__SERVER: expected a group of keys, not a text",
    ]);
    expect(await problemsOf(header, { PLANCIA__DEVICES: "a" })).toEqual([
      "PLANCIA__DEVICES: only a single value can be set from the environment, and only inside of groups",
    ]);
    expect((await problemsOf(header, { PLANCIA____PROTO____X: "a" })).length).toBeGreaterThan(0);
    expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
  });

  it("fills env: and file: references in, numbers too, and keeps a number that is a password a text", async () => {
    const text = `${header.replace("host: a", `host: "${env("HOST")}.lan", port: "${env("PORT")}", password: "\${file:secret}"`)}`;
    const loaded = await loadText(text, { HOST: "press", PORT: "502" }, { secret: "12345\n" });
    expect(loaded.ok && loaded.plant.devices[0]?.settings).toMatchObject({
      host: "press.lan",
      port: 502,
      password: "12345",
    });
  });

  it.runIf(process.platform !== "win32")("warns of a secret's file that everybody can read, and takes it", async () => {
    const text = header.replace("host: a", `host: a, password: "\${file:secret}"`);
    const warned = async (mode: number) => {
      const loaded = await loadText(text, {}, { secret: "canary" }, mode);
      expect(loaded.ok).toBe(true);
      return loaded.warnings.map((each) => each.message.replace(/^.*\/(?=gateway\.yaml)/, ""));
    };
    const noTag = "gateway.yaml:5:3: devices.plc: no tag uses this device";
    expect(await warned(0o644)).toContain(
      "gateway.yaml:5:34: devices.plc.password: the file secret can be read by everybody: chmod o-r it",
    );
    expect(await warned(0o640)).toEqual([noTag]);
  });

  it("names what is missing, never what is secret", async () => {
    const text = header.replace(
      "host: a",
      `host: "${env("HOTS")}", port: "${env("PORT")}", password: "\${file:nowhere}"`,
    );
    const problems = await problemsOf(text, { HOST: "a", PORT: "canary" });
    expect(problems).toEqual([
      'gateway.yaml:5:31: devices.plc.host: the environment variable HOTS is not set – did you mean "HOST"?',
      "gateway.yaml:5:52: devices.plc.port: expected a number, not a text",
      "gateway.yaml:5:77: devices.plc.password: the file nowhere cannot be read (ENOENT)",
    ]);
  });
});

describe("the plant", () => {
  it("gives handles in the order of the file", async () => {
    const { plant } = await plantOf(`${header}equipment:
  b: { tags: { z: { device: plc, address: { cell: a }, type: double }, a: { device: plc, address: { cell: b }, type: double } } }
  a: { tags: { ${speed} } }
`);
    expect(plant.tags.map(({ handle, name }) => [handle, name])).toEqual([
      [0, "b/z"],
      [1, "b/a"],
      [2, "a/speed"],
    ]);
    expect(plant.equipment[1]?.tags[0]).toBe(plant.tags[2]);
  });

  it("fills in what is not said", async () => {
    const { plant } = await plantOf(
      press(`tags: { stop_request: { device: plc, address: { cell: a }, type: boolean } }`),
    );
    expect(plant).toMatchObject({
      server: { host: "127.0.0.1", port: 8080, tls: { mode: "unset" }, origins: [] },
      security: { secondFactor: "required" },
      historian: { store: "embedded", commitMs: 250 },
      devices: [{ id: "plc", intervalMs: 1000, channel: "cells a", name: { en: "plc", it: "plc" } }],
      equipment: [{ id: "press", lease: "off", commands: [], highlights: [], bookable: false }],
      tags: [
        { label: { en: "stop request", it: "stop request" }, scale: 1, offset: 0, record: true, intervalMs: 1000 },
      ],
    });
  });

  it("keeps history over the rename of a tag and of a machine", async () => {
    const { plant } = await plantOf(
      press(
        "formerly: old_press\ntags: { speed: { device: plc, address: { cell: a }, type: double, formerly: hall/v } }",
      ),
    );
    expect(plant.tags[0]?.formerly).toEqual(["hall/v", "old_press/speed"]);
  });

  it("keeps whole numbers beyond 2^53 exact", async () => {
    const { plant } = await plantOf(
      press(`local: none
tags:
  recipe: { device: plc, address: { cell: a }, type: uint64, writable: { class: C1, values: [18446744073709551615, 1] } }`),
    );
    expect(plant.tags[0]?.writable?.values).toEqual([18446744073709551615n, 1n]);
  });
});
