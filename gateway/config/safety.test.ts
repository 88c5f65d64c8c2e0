import { describe, expect, it } from "vitest";
import { loadText, plantOf, press, problemsOf } from "./testing/configuration.ts";

const cell = (id: string, type: string, more = "") =>
  `  ${id}: { device: plc, address: { cell: ${id} }, type: ${type}${more} }`;
const tags = [
  "tags:",
  cell("state", "int32"),
  cell("mode", "int32"),
  cell("key", "boolean"),
  cell("zone_clear", "boolean"),
  cell("command", "int32", ", writable: { class: C2, only: commands }"),
  cell("stop_request", "boolean", ", writable: { class: C1, only: commands }"),
  cell("speed", "double", ", range: [0, 600], writable: { class: C1, limits: [0, 500], maxStep: 50 }"),
].join("\n");

const lines = {
  state: "state: { tag: state, model: packml }",
  mode: "mode: { tag: mode, production: 1 }",
  local: "local: { tag: key, remote: true }",
  loss: "onLossOfControl: { policy: finish-cycle, grace: 30s }",
  stop: 'stop: { do: [ { write: stop_request, value: true } ], feedback: { when: "state == 2", within: 3s } }',
  start:
    'commands: { start: { class: C2, do: [ { write: command, value: 2 } ], states: [Idle], permit: zone_clear, feedback: { when: "state == 6", within: 10s } } }',
  tags,
};

/** CONTRACT's press, with some of its lines replaced or left out. */
function machine(changes: Partial<Record<keyof typeof lines, string>> = {}): string {
  return press(
    Object.values({ ...lines, ...changes })
      .filter((line) => line !== "")
      .join("\n"),
  );
}

describe("a machine as the contract shows it", () => {
  it("is valid", async () => {
    const { plant, warnings } = await plantOf(machine());
    expect(plant.equipment[0]).toMatchObject({
      lease: "required",
      local: { tag: "key", remote: true },
      onLossOfControl: { policy: "finish-cycle", graceMs: 30_000 },
      stop: { do: [{ write: "stop_request", value: true }], feedback: { when: "state == 2", withinMs: 3000 } },
      commands: [
        {
          id: "start",
          class: "C2",
          permit: { kind: "signal", when: "zone_clear" },
          feedback: { when: "state == 6", withinMs: 10_000 },
        },
      ],
    });
    expect(warnings).toEqual([]);
  });
});

describe("check refuses what is unsafe", () => {
  const noLocal = "equipment.press: something can be written here, so local must be said";
  const cases: [string, Parameters<typeof machine>[0], string][] = [
    [
      "a C2 command without effect feedback (R7)",
      { start: "commands: { start: { class: C2, do: [{ write: command, value: 2 }] } }" },
      "commands.start: class C2 needs feedback",
    ],
    [
      "a C3 command without effect feedback (R7)",
      { start: "commands: { start: { class: C3, do: [{ write: command, value: 2 }] } }" },
      "commands.start: class C3 needs feedback",
    ],
    [
      "a bare C2 tag that only reads back (R7)",
      { tags: tags.replace("class: C1, limits", "class: C2, limits") },
      "tags.speed.writable: class C2 needs feedback.when",
    ],
    [
      "hold without the command that holds (R15)",
      { loss: "onLossOfControl: { policy: hold }" },
      "onLossOfControl: hold needs the command that holds",
    ],
    [
      "a loss policy that runs a command which needs a person (R15)",
      { loss: "onLossOfControl: { policy: hold, command: start }" },
      "onLossOfControl.command: start needs a person",
    ],
    [
      "a loss policy with a command that is not there",
      { loss: "onLossOfControl: { policy: hold, command: strat }" },
      'onLossOfControl.command: there is no command "strat" on this machine – did you mean "start"?',
    ],
    [
      "a phone that may operate where it may not fall asleep (R40)",
      { loss: `${lines.loss}\nphoneControl: operate` },
      "phoneControl: operate needs policy continue, or a grace of a minute or more",
    ],
    [
      "class C3 without a second person (R42)",
      { start: lines.start.replace("class: C2,", "class: C3, approval: { required: false },") },
      "commands.start.approval.required: class C3 always needs a second person",
    ],
    [
      "a number as argument without limits (R9)",
      { start: lines.start.replace("class: C2,", "class: C2, arguments: { speed: { type: double } },") },
      "commands.start.arguments.speed: a number needs limits or values",
    ],
    [
      "a step with an argument that is not there",
      { start: lines.start.replace("value: 2", "argument: sped") },
      'commands.start.do[0].argument: there is no argument "sped"',
    ],
    [
      "a step with both a value and an argument",
      { start: lines.start.replace("value: 2", "value: 2, argument: speed") },
      "either value or argument",
    ],
    [
      "a method of a driver that has none (R13)",
      { start: lines.start.replace("{ write: command, value: 2 }", "{ call: a, device: plc }") },
      "commands.start.do[0].device: the driver cells has no methods to call",
    ],
    [
      "an emergency-stop chain that can be written (R20)",
      { local: `${lines.local}\nemergencyStop: { tag: stop_request, closed: true }` },
      "emergencyStop.tag: stop_request can be written; the real chain is only ever read",
    ],
    [
      "a heartbeat that anybody could write (R15)",
      { local: `${lines.local}\nheartbeat: { gateway: speed }` },
      "heartbeat.gateway: speed is double, expected a whole number",
    ],
    [
      "a key that can be written (R39)",
      { tags: tags.replace(cell("key", "boolean"), cell("key", "boolean", ", writable: { class: C1 }")) },
      "local.tag: key can be written; the key is only ever read",
    ],
    [
      "a key that can be written under another name (R39)",
      { tags: `${tags}\n  turn: { device: plc, address: { cell: key }, type: boolean, writable: { class: C1 } }` },
      "local.tag: key can be written",
    ],
    [
      "a key that is looked at once a minute (R39)",
      { tags: tags.replace(cell("key", "boolean"), cell("key", "boolean", ", interval: 1min")) },
      "local.tag: key is seen every 60 s only; it must be at least every 5 s",
    ],
    [
      "a mode that can be written",
      { tags: tags.replace(cell("mode", "int32"), cell("mode", "int32", ", writable: { class: C1, limits: [0, 3] }")) },
      "mode.tag: mode can be written; the mode is never changed from afar",
    ],
    [
      "a start permit that can be given from afar (R20)",
      {
        tags: tags.replace(cell("zone_clear", "boolean"), cell("zone_clear", "boolean", ", writable: { class: C1 }")),
      },
      "commands.start.permit: zone_clear can be written; a start permit is given at the machine",
    ],
    [
      "a reset of the emergency-stop chain that can be made from afar (R20)",
      { local: `${lines.local}\nemergencyStop: { tag: key, closed: true, reset: stop_request }` },
      "emergencyStop.reset: stop_request can be written",
    ],
    [
      "a stop that is confirmed by itself (R10)",
      { stop: 'stop: { do: [{ write: stop_request, value: true }], feedback: { when: "stop_request" } }' },
      "stop.feedback.when: shows only what the stop itself writes",
    ],
    [
      "a stop that is repeated for minutes (R10)",
      { stop: lines.stop.replace("within: 3s", "within: 5min") },
      "stop.feedback.within: a stop shows within 60 s",
    ],
    [
      "a heartbeat that counts where commands are given (R14)",
      { local: `${lines.local}\nheartbeat: { gateway: command }` },
      "heartbeat.gateway: command is written by a command or the stop",
    ],
    [
      "an operator's sign of life that is the stop request (R14)",
      { local: `${lines.local}\nheartbeat: { operator: stop_request }` },
      "heartbeat.operator: stop_request is written by a command or the stop",
    ],
    [
      "a pulse of class C1 that nothing shows (R7)",
      {
        start:
          "commands: { blink: { class: C1, do: [{ write: stop_request, value: true }, { write: stop_request, value: false }] } }",
      },
      "commands.blink: a call, or a tag that is written twice, needs feedback",
    ],
    [
      "C3 without anybody in control (R40)",
      { mode: "lease: off", start: lines.start.replace("class: C2", "class: C3") },
      "lease: class C3 needs one person in control",
    ],
    ["C2 without stop (R10)", { stop: "" }, "equipment.press: a machine with C2 or C3 needs stop"],
    [
      "C2 without onLossOfControl (R15)",
      { loss: "" },
      "equipment.press: a machine with C2 or C3 needs onLossOfControl",
    ],
    ["C2 without local (R39)", { local: "" }, noLocal],
    [
      "a bare write without local (R39)",
      {
        local: "",
        start: "",
        tags: `tags:\n${cell("speed", "double", ", writable: { class: C1 }")}`,
        stop: "",
        state: "",
        mode: "",
      },
      noLocal,
    ],
    [
      "a toggle as stop (R10)",
      { stop: 'stop: { do: [{ toggle: stop_request }], feedback: { when: "state == 2" } }' },
      "stop.do[0].toggle: unknown key",
    ],
    [
      "a text as stop's level (R10)",
      { stop: 'stop: { do: [{ write: stop_request, value: toggle }], feedback: { when: "state == 2" } }' },
      "stop.do[0].value: expected true or false, since stop_request is boolean",
    ],
    [
      "a pulse as stop (R10)",
      {
        stop: 'stop: { do: [{ write: stop_request, value: true }, { write: stop_request, value: false }], feedback: { when: "state == 2" } }',
      },
      "stop.do[1].write: writes stop_request twice, which makes a pulse",
    ],
    [
      "a stop without feedback",
      { stop: "stop: { do: [{ write: stop_request, value: true }] }" },
      "stop.feedback: is missing",
    ],
    [
      "a stop whose feedback is no condition",
      { stop: 'stop: { do: [{ write: stop_request, value: true }], feedback: { when: "state" } }' },
      "gives a value of type int, not true or false",
    ],
    [
      "a stop that writes what is not writable",
      { stop: 'stop: { do: [{ write: key, value: true }], feedback: { when: "state == 2" } }' },
      "stop.do[0].write: key is not writable",
    ],
    [
      "a stop as loss policy where there is none",
      { loss: "onLossOfControl: { policy: stop }", stop: "", start: "" },
      "onLossOfControl.policy: stop needs a stop that is declared",
    ],
    [
      "a command below the class of what it writes",
      {
        start:
          "commands: { start: { class: C1, arguments: { n: { type: int32, limits: [1, 3] } }, do: [{ write: command, argument: n }] } }",
      },
      "commands.start.do[0].write: command is of class C2, the command only C1",
    ],
    [
      "a value that the tag cannot hold",
      { start: lines.start.replace("value: 2", "value: 2.5") },
      "commands.start.do[0].value: expected a whole number, since command is int32",
    ],
    [
      "a state that PackML does not know",
      { start: lines.start.replace("[Idle]", "[Idel]") },
      "commands.start.states[0]: expected one of Clearing",
    ],
    [
      "states without the machine's state",
      { state: "", stop: 'stop: { do: [{ write: stop_request, value: true }], feedback: { when: "state == 2" } }' },
      "commands.start.states: needs the machine's state",
    ],
    [
      "limits outside of the range",
      { tags: tags.replace("limits: [0, 500]", "limits: [0, 700]") },
      "tags.speed.writable.limits: must lie inside of the range, from 0 to 600",
    ],
    [
      "limits that the type cannot hold",
      { tags: `${tags}\n${cell("ramp", "int16", ", scale: 0.1, writable: { class: C1, limits: [0, 5000] }")}` },
      "tags.ramp.writable.limits: int16 can only hold values from -3276.8 to 3276.7",
    ],
    [
      "limits on a boolean",
      { tags: `${tags}\n${cell("lamp", "boolean", ", writable: { class: C1, limits: [0, 1] }")}` },
      "tags.lamp.writable.limits: is for numbers only; the tag is boolean",
    ],
    [
      "a writable point that the device can only read",
      { tags: tags.replace("{ cell: speed }", "{ cell: speed, table: ro }") },
      "tags.speed.address: table ro can only be read",
    ],
    [
      "a key that is another type than its value",
      { local: "local: { tag: key, remote: 1 }" },
      "local.remote: expected true or false, since key is boolean",
    ],
    [
      "a key that is not there",
      { local: "local: { tag: kye, remote: true }" },
      'local.tag: there is no tag "kye" on this machine – did you mean "key"?',
    ],
    [
      "a state tag that is no number",
      { state: "state: { tag: key, model: packml }" },
      "state.tag: key is boolean, expected a whole number",
    ],
    [
      "matches() in an interlock",
      { mode: 'interlocks: [\'"a".matches("(a+)+")\']' },
      "interlocks[0]: matches() cannot be used here",
    ],
    [
      "a set-point that is not there",
      { tags: tags.replace("range: [0, 600]", "range: [0, 600], setpoint: sped") },
      'tags.speed.setpoint: there is no tag "sped"',
    ],
    ["an overview of tags that are not there", { mode: "overview: [sped]" }, 'overview[0]: there is no tag "sped"'],
    [
      "a former name that lives",
      { tags: tags.replace("range: [0, 600]", "range: [0, 600], formerly: press/key") },
      'tags.speed.formerly: "press/key" is a tag of today',
    ],
    [
      "a band outside of the range",
      { tags: tags.replace("range: [0, 600]", "range: [0, 600], normal: [500, 700]") },
      "tags.speed.normal: must lie inside of the range",
    ],
    [
      "texts of values that cannot be",
      { tags: `${tags}\n${cell("lamp", "boolean", ', texts: { "on": lit }')}` },
      "tags.lamp.texts.on: is no value of a tag of type boolean",
    ],
  ];
  it.each(cases)("%s", async (_, changes, expected) => {
    expect((await problemsOf(machine(changes))).join("\n")).toContain(expected);
  });

  it("local: none is an answer too", async () => {
    expect(await problemsOf(machine({ local: "local: none" }))).toEqual([]);
  });

  it("a machine that can only be watched needs nothing of it", async () => {
    expect(await problemsOf(press(`tags:\n${cell("speed", "double")}`))).toEqual([]);
  });

  it("warns where a number can be written without bounds, and where what runs has no stop", async () => {
    const state = 'state: [{ state: Execute, when: "speed > 0.0" }]';
    const loaded = await loadText(
      press(`local: none\n${state}\ntags:\n${cell("speed", "double", ", writable: { class: C1 }")}`),
    );
    expect(loaded.warnings.map(({ text }) => text)).toEqual([
      "has no stop: a remote stop request cannot be made",
      "has neither limits nor range nor values: anything that the type can hold may be written",
    ]);
  });
});
