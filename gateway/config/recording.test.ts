import { describe, expect, it } from "vitest";
import { header, plantOf, press, problemsOf } from "./testing/configuration.ts";

const machine = (tag: string, equipment = "") =>
  press(`${equipment}\ntags: { speed: { device: plc, address: { cell: a }, type: double, ${tag} } }`);
const recordedIn = async (text: string) => {
  const { plant, warnings } = await plantOf(text);
  const { record, recording } = plant.tags[0] ?? {};
  return { record, recording, warnings: warnings.map((each) => each.text) };
};
const rule = { deadband: 0, minIntervalMs: 0, maxIntervalMs: undefined };

describe("what the configuration says of recording", () => {
  it.each<[string, string, object]>([
    ["nothing: every change", "", { record: true, recording: undefined }],
    ["true", "record: true", { record: true, recording: undefined }],
    ["false: off", "record: false", { record: false, recording: undefined }],
    ["an empty rule", "record: {}", { record: true, recording: undefined }],
    ["a deadband", "record: { deadband: 0.5 }", { record: true, recording: { ...rule, deadband: 0.5 } }],
    [
      "a deadband in percent of the range",
      'range: [-100, 300], record: { deadband: "0.5%" }',
      { record: true, recording: { ...rule, deadband: 2 } },
    ],
    [
      "both intervals",
      "record: { minInterval: 500ms, maxInterval: 1h }",
      { record: true, recording: { ...rule, minIntervalMs: 500, maxIntervalMs: 3_600_000 } },
    ],
  ])("%s", async (_what, text, expected) => {
    expect(await recordedIn(machine(text))).toEqual({ ...expected, warnings: [] });
  });

  const device = (record: string) => header.replace("host: a }", `host: a, record: ${record} }`);
  const onDevice = (record: string, tag = "", equipment = "") =>
    machine(tag, equipment).replace(header, device(record));

  it("is the tag's own word, else its machine's, else its device's, never a mixture", async () => {
    const slow = "{ minInterval: 1s, maxInterval: 1h }";
    const slowly = { ...rule, minIntervalMs: 1000, maxIntervalMs: 3_600_000 };
    expect((await recordedIn(onDevice(slow))).recording).toEqual(slowly);
    expect((await recordedIn(machine("", `record: ${slow}`))).recording).toEqual(slowly);
    expect((await recordedIn(onDevice("false", "", `record: ${slow}`))).recording).toEqual(slowly);
    expect((await recordedIn(onDevice(slow, "record: { deadband: 1 }"))).recording).toEqual({ ...rule, deadband: 1 });
    expect(await recordedIn(onDevice(slow, "record: true"))).toMatchObject({ record: true, recording: undefined });
    expect(await recordedIn(onDevice("true", "record: false"))).toMatchObject({ record: false });
  });

  it("keeps every change where a deadband from elsewhere does not fit, and says so", async () => {
    expect(await recordedIn(onDevice('{ deadband: "1%", maxInterval: 1h }'))).toEqual({
      record: true,
      recording: { ...rule, maxIntervalMs: 3_600_000 },
      warnings: ["every change is recorded: the deadband in percent is a part of the range, and the tag has none"],
    });
    const text = press("record: { deadband: 1 }\ntags: { door: { device: plc, address: { cell: a }, type: boolean } }");
    expect(await recordedIn(text)).toEqual({ record: true, recording: undefined, warnings: [] });
  });

  it.each([
    ["record: sometimes", "speed.record: expected true or false, or a group of keys"],
    ["record: { deadbnd: 1 }", 'record.deadbnd: unknown key – did you mean "deadband"?'],
    ["record: { deadband: -1 }", "record.deadband: expected more than 0"],
    ["record: { deadband: 1 % }", 'record.deadband: expected a number, or a part of the range such as "0.5%"'],
    ['record: { deadband: "0%" }', "record.deadband: expected a part of the range between 0% and 100%"],
    ['record: { deadband: "100%" }', "record.deadband: expected a part of the range between 0% and 100%"],
    ['record: { deadband: "1%" }', "record.deadband: in percent is a part of the range, and the tag has none"],
    ["record: { minInterval: 5 }", "record.minInterval: expected a duration as text"],
    ["record: { minInterval: 2d }", "record.minInterval: expected a duration from 1ms to 1d"],
    ["record: { maxInterval: 10ms }", "record.maxInterval: expected a duration from 1s to 30d"],
    ["record: { minInterval: 1min, maxInterval: 1min }", "record: expected a minInterval shorter than the maxInterval"],
  ])("%s is refused", async (text, expected) => {
    expect((await problemsOf(machine(text))).join("\n")).toContain(expected);
  });

  it("refuses a deadband of what is no number", async () => {
    const text = press("tags: { door: { device: plc, address: { cell: a }, type: boolean, record: { deadband: 1 } } }");
    expect((await problemsOf(text)).join("\n")).toContain("record.deadband: is for numbers only; the tag is boolean");
  });

  it("tells of a mistake in a machine's and in a device's rule", async () => {
    expect((await problemsOf(machine("", "record: { deadbnd: 1 }"))).join("\n")).toContain('did you mean "deadband"?');
    expect((await problemsOf(onDevice("{ deadbnd: 1 }"))).join("\n")).toContain('did you mean "deadband"?');
  });
});
