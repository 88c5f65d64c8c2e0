import { controlSheets } from "../acceptance/describe.ts";
import type { ControlSheet } from "../acceptance/sheet.ts";
import type { ExpressionCompiler } from "../expression-port.ts";
import type { DeclaredCommand, Equipment, Plant, Writable } from "../plant.ts";
import { textOf } from "../text.ts";
import { testCommand, testPlant, testPress, testTag, testWritable } from "./plant.ts";

/** Names in a condition are its tags: enough language for what a sheet says. */
export const compile: ExpressionCompiler = (text, { equipment }) => ({
  ok: true,
  expression: {
    text,
    tags: [...text.matchAll(/[a-z_.]+/g)]
      .map(([name]) => name.replace(".", "/"))
      .map((name) => (name.includes("/") ? name : `${equipment}/${name}`)),
    evaluate: () => "unknown",
    explain: () => ({ kind: "leaf", text, truth: "unknown", tags: [], children: [] }),
  },
});

export interface Shape {
  readonly press?: Partial<Equipment>;
  readonly speed?: Partial<Writable> | undefined;
  readonly start?: Partial<DeclaredCommand>;
  readonly plant?: Partial<Plant>;
  readonly settings?: Record<string, unknown>;
  /** Where the tags are: by id, instead of their handles. */
  readonly addresses?: Readonly<Record<string, unknown>>;
}

export function sheet({
  press = {},
  speed = {},
  start = {},
  plant = {},
  settings = { host: "10.0.0.5" },
  addresses = {},
}: Shape): ControlSheet {
  const ids = ["key", "running", "guard", "mode", "chain", "stop_request", "recipe", "alive", "operator"];
  const tags = [
    testTag(0, "speed", { writable: testWritable({ ...limited, ...speed }) }),
    ...ids.map((id, i) =>
      testTag(i + 1, id, { ...(written.has(id) ? { writable: testWritable({ only: "commands" }) } : {}) }),
    ),
  ].map((tag) => ({ ...tag, address: addresses[tag.id] ?? tag.address }));
  const machine = testPress({
    ...declared,
    commands: [testCommand("start", { ...started, ...start })],
    tags,
    ...press,
  });
  const device = { id: "plc", driver: "bench", name: textOf("PLC"), settings, intervalMs: 100, channel: "bench plc" };
  const whole = testPlant({ devices: [device], equipment: [machine], tags: machine.tags, ...plant });
  const found = controlSheets(whole, { compile, connectionOf: ({ settings }) => settings as never }).get("press");
  if (!found) throw new Error("no sheet");
  return found;
}

const written = new Set(["stop_request", "recipe", "alive", "operator"]);

const limited: Partial<Writable> = {
  class: "C2",
  limits: [0, 500],
  values: [100, 200],
  maxStep: 50,
  everyMs: 1000,
  states: ["Idle"],
  only: "commands",
  feedback: { when: "running", withinMs: 3000, tolerance: 1 },
  interlocks: [{ id: "guard", name: textOf("Guard"), when: "guard" }],
  approval: { required: true, preApproved: [0, 100] },
};

const started: Partial<DeclaredCommand> = {
  do: [{ write: "recipe", value: 1 }],
  arguments: [argument("load", [0, 10])],
  states: ["Idle", "Stopped"],
  permit: { kind: "signal", when: "guard" },
  interlocks: [{ id: "a", name: textOf("a"), when: "guard" }],
  permissives: [{ id: "b", name: textOf("b"), when: "key" }],
  feedback: { when: "running", withinMs: 3000 },
  approval: { required: true, preApproved: undefined },
};

function argument(id: string, limits: readonly [number, number]) {
  const none = { unit: undefined, decimals: undefined, values: undefined, suggested: undefined };
  return { id, name: textOf(id), type: "double" as const, limits, ...none };
}

const declared: Partial<Equipment> = {
  mode: { tag: "mode", production: 1 },
  lease: "required",
  onLossOfControl: { policy: "hold", graceMs: 30_000, command: "start" },
  interlocks: [{ id: "guard", name: textOf("Guard"), when: "guard" }],
  permissives: [{ id: "key", name: textOf("Key"), when: "key" }],
  emergencyStop: { tag: "chain", closed: true, reset: "key" },
  unattended: true,
  heartbeat: { gateway: "alive", operator: "operator", everyMs: 1000 },
  deviceLock: { device: "plc", address: "lock" },
};

const condition = (when: string) => ({ id: when, name: textOf(when), when });
export const strict: Plant["security"] = { ...testPlant().security, secondFactor: "required" };

/** What is configured now, and what of it waits: target, key, and whether the whole machine waits. */
export type Row = readonly [what: string, now: Shape, waits: readonly string[]];

export const rows: readonly Row[] = [
  ["nothing changed", {}, []],
  // A tag.
  [
    "a tag has become writable",
    { press: { tags: [...tagsOf(), testTag(20, "fan", { writable: testWritable() })] } },
    ["press/fan writable"],
  ],
  ["a tag is writable no more", { press: { tags: tagsOf().filter((tag) => tag.id !== "speed") } }, []],
  ["limits wider above", { speed: { limits: [0, 501] } }, ["press/speed limits"]],
  ["limits wider below, narrower above", { speed: { limits: [-1, 400] } }, ["press/speed limits"]],
  ["limits gone", { speed: { limits: undefined } }, ["press/speed limits"]],
  ["limits narrower", { speed: { limits: [10, 400] } }, []],
  ["one more allowed value", { speed: { values: [100, 200, 300] } }, ["press/speed values"]],
  ["any value allowed", { speed: { values: undefined } }, ["press/speed values"]],
  ["fewer allowed values", { speed: { values: [100] } }, []],
  ["a larger step", { speed: { maxStep: 51 } }, ["press/speed maxStep"]],
  ["any step", { speed: { maxStep: undefined } }, ["press/speed maxStep"]],
  ["a smaller step", { speed: { maxStep: 10 } }, []],
  ["written more often", { speed: { everyMs: 999 } }, ["press/speed everyMs"]],
  ["written as often as one likes", { speed: { everyMs: undefined } }, ["press/speed everyMs"]],
  ["written less often", { speed: { everyMs: 2000 } }, []],
  ["one more state", { speed: { states: ["Idle", "Execute"] } }, ["press/speed states"]],
  ["any state", { speed: { states: undefined } }, ["press/speed states"]],
  ["another state", { speed: { states: ["Stopped"] } }, ["press/speed states"]],
  ["class lowered", { speed: { class: "C1" } }, ["press/speed class"]],
  ["class raised", { speed: { class: "C3" } }, []],
  ["no longer only in commands", { speed: { only: undefined } }, ["press/speed only"]],
  ["interlock of a tag gone", { speed: { interlocks: [] } }, ["press/speed interlocks"]],
  [
    "interlock of a tag in other words",
    { speed: { interlocks: [condition("guard || running")] } },
    ["press/speed interlocks"],
  ],
  ["interlock renamed", { speed: { interlocks: [{ ...condition("guard"), id: "other" }] } }, []],
  ["one more interlock", { speed: { interlocks: [condition("guard"), condition("key")] } }, []],
  ["approval dropped", { speed: { approval: { required: false, preApproved: undefined } } }, ["press/speed approval"]],
  [
    "pre-approved for more",
    { speed: { approval: { required: true, preApproved: [0, 101] } } },
    ["press/speed approval"],
  ],
  ["pre-approved for all", { speed: { approval: { required: true, preApproved: "any" } } }, ["press/speed approval"]],
  ["pre-approved for less", { speed: { approval: { required: true, preApproved: [10, 20] } } }, []],
  ["pre-approved for nothing", { speed: { approval: { required: true, preApproved: undefined } } }, []],
  ["another effect", { speed: { feedback: { when: "key", withinMs: 3000, tolerance: 1 } } }, ["press/speed feedback"]],
  [
    "no effect but the read-back",
    { speed: { feedback: { when: undefined, withinMs: 3000, tolerance: 1 } } },
    ["press/speed feedback"],
  ],
  [
    "more time for the effect",
    { speed: { feedback: { when: "running", withinMs: 3001, tolerance: 1 } } },
    ["press/speed feedback"],
  ],
  [
    "more tolerance",
    { speed: { feedback: { when: "running", withinMs: 3000, tolerance: 2 } } },
    ["press/speed feedback"],
  ],
  ["less time, less tolerance", { speed: { feedback: { when: "running", withinMs: 1000, tolerance: undefined } } }, []],
  ["a writable tag elsewhere", { addresses: { speed: 40_001 } }, ["press/speed source"]],
  [
    "another scale",
    { press: { tags: tagsOf().map((tag) => (tag.id === "speed" ? { ...tag, scale: 10 } : tag)) } },
    ["press/speed source"],
  ],
  // A command.
  [
    "a new command",
    { press: { commands: [testCommand("start", started), testCommand("reset")] } },
    ["press:reset command"],
  ],
  ["a command less", { press: { commands: [] } }, []],
  ["other steps", { start: { do: [{ write: "recipe", value: 2 }] } }, ["press:start do"]],
  [
    "another order of steps",
    {
      start: {
        do: [
          { write: "speed", value: 1 },
          { write: "recipe", value: 1 },
        ],
      },
    },
    ["press:start do"],
  ],
  [
    "a call instead of a write",
    { start: { do: [{ call: "Start", device: "plc", method: { id: 1n }, arguments: [] }] } },
    ["press:start do"],
  ],
  ["an argument takes more", { start: { arguments: [argument("load", [0, 11])] } }, ["press:start arguments"]],
  ["an argument takes less", { start: { arguments: [argument("load", [1, 9])] } }, []],
  ["another argument", { start: { arguments: [argument("size", [0, 10])] } }, ["press:start arguments"]],
  [
    "an argument of another type",
    { start: { arguments: [{ ...argument("load", [0, 10]), type: "int16" }] } },
    ["press:start arguments"],
  ],
  ["command class lowered", { start: { class: "C1" } }, ["press:start class"]],
  ["one more state for a command", { start: { states: ["Idle", "Stopped", "Execute"] } }, ["press:start states"]],
  ["permit gone", { start: { permit: undefined } }, ["press:start permit"]],
  ["another permit", { start: { permit: { kind: "attendant", withinMs: 60_000 } } }, ["press:start permit"]],
  ["permit in other words", { start: { permit: { kind: "signal", when: "guard || key" } } }, ["press:start permit"]],
  ["interlock of a command gone", { start: { interlocks: [] } }, ["press:start interlocks"]],
  ["permissive of a command changed", { start: { permissives: [condition("running")] } }, ["press:start permissives"]],
  ["effect of a command gone", { start: { feedback: undefined } }, ["press:start feedback"]],
  [
    "approval of a command dropped",
    { start: { approval: { required: false, preApproved: undefined } } },
    ["press:start approval"],
  ],
  ["name and consequence", { start: { name: textOf("Go"), consequence: textOf("It starts") } }, []],
  // The machine.
  ["key gone", { press: { local: "none" } }, ["press local whole"]],
  ["another key", { press: { local: { tag: "guard", remote: true } } }, ["press local whole"]],
  ["remote at another value", { press: { local: { tag: "key", remote: false } } }, ["press local whole"]],
  ["mode not looked at", { press: { mode: undefined } }, ["press mode whole"]],
  ["another production", { press: { mode: { tag: "mode", production: 2 } } }, ["press mode whole"]],
  [
    "state found otherwise",
    { press: { state: { cases: [{ state: "Idle", when: "running" }] } } },
    ["press state whole"],
  ],
  ["stop gone", { press: { stop: undefined } }, ["press stop whole"]],
  [
    "another stop",
    { press: { stop: { do: [{ write: "recipe", value: 0 }], feedback: { when: "!running", withinMs: 3000 } } } },
    ["press stop whole"],
  ],
  ["interlock of the machine gone", { press: { interlocks: [] } }, ["press interlocks whole"]],
  [
    "interlock of the machine in other words",
    { press: { interlocks: [condition("guard && key")] } },
    ["press interlocks whole"],
  ],
  ["permissive of the machine gone", { press: { permissives: [] } }, ["press permissives whole"]],
  ["chain no longer looked at", { press: { emergencyStop: undefined } }, ["press emergencyStop whole"]],
  [
    "reset of the chain not seen",
    { press: { emergencyStop: { tag: "chain", closed: true, reset: undefined } } },
    ["press emergencyStop whole"],
  ],
  [
    "loss: continues instead",
    { press: { onLossOfControl: { policy: "continue", graceMs: 30_000, command: undefined } } },
    ["press loss whole"],
  ],
  [
    "loss: finishes the cycle instead",
    { press: { onLossOfControl: { policy: "finish-cycle", graceMs: 30_000, command: "start" } } },
    ["press loss whole"],
  ],
  ["loss: stops instead", { press: { onLossOfControl: { policy: "stop", graceMs: 30_000, command: undefined } } }, []],
  [
    "loss: later",
    { press: { onLossOfControl: { policy: "hold", graceMs: 31_000, command: "start" } } },
    ["press loss whole"],
  ],
  ["loss: sooner", { press: { onLossOfControl: { policy: "hold", graceMs: 5_000, command: "start" } } }, []],
  [
    "loss: by another command",
    { press: { onLossOfControl: { policy: "hold", graceMs: 30_000, command: "wait" } } },
    ["press loss whole"],
  ],
  ["loss: nothing said", { press: { onLossOfControl: undefined } }, ["press loss whole"]],
  ["lease off", { press: { lease: "off" } }, ["press lease whole"]],
  ["phone operates", { press: { phoneControl: "operate" } }, ["press phoneControl whole"]],
  ["nobody is asked any more", { press: { unattended: false } }, ["press unattended whole"]],
  ["heartbeat gone", { press: { heartbeat: undefined } }, ["press heartbeat whole"]],
  [
    "heartbeat of the operator gone",
    { press: { heartbeat: { gateway: "alive", operator: undefined, everyMs: 1000 } } },
    ["press heartbeat whole"],
  ],
  [
    "heartbeat slower",
    { press: { heartbeat: { gateway: "alive", operator: "operator", everyMs: 2000 } } },
    ["press heartbeat whole"],
  ],
  ["heartbeat faster", { press: { heartbeat: { gateway: "alive", operator: "operator", everyMs: 500 } } }, []],
  ["device lock not taken", { press: { deviceLock: undefined } }, ["press deviceLock whole"]],
  // The site, on each of its machines.
  ["second factor off", { plant: { security: { ...strict, secondFactor: "off" } } }, ["press secondFactor whole"]],
  [
    "more machines for one person",
    { plant: { security: { ...strict, span: { staff: 3, guests: 1 } } } },
    ["press span whole"],
  ],
  [
    "more machines for a guest",
    { plant: { security: { ...strict, span: { staff: 1, guests: 2 } } } },
    ["press span whole"],
  ],
  ["fewer machines for one person", { plant: { security: { ...strict, span: { staff: 1, guests: 1 } } } }, []],
  // What it stands on.
  ["the key is read elsewhere", { addresses: { key: 7 } }, ["press/key source whole"]],
  ["the state is read elsewhere", { addresses: { running: 7 } }, ["press/running source whole"]],
  ["an interlock is read elsewhere", { addresses: { guard: 7 } }, ["press/guard source whole"]],
  ["another machine at the other end", { settings: { host: "10.0.0.6" } }, ["plc connection whole"]],
  // Several at once; narrowing is not among them.
  [
    "a bit of everything",
    { speed: { limits: [0, 600], maxStep: 10 }, start: { permit: undefined, class: "C3" }, press: { lease: "off" } },
    ["press lease whole", "press/speed limits", "press:start permit"],
  ],
];

export function tagsOf() {
  const ids = ["key", "running", "guard", "mode", "chain", "stop_request", "recipe", "alive", "operator"];
  return [
    testTag(0, "speed", { writable: testWritable(limited) }),
    ...ids.map((id, i) => testTag(i + 1, id, written.has(id) ? { writable: testWritable({ only: "commands" }) } : {})),
  ];
}

/** What was accepted, and what is configured later. */
export const first = sheet({ plant: { security: strict } });
export const later = (now: Shape) => sheet({ plant: { security: strict }, ...now });
