import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Plain } from "../yaml-source.ts";
import { changed, changesOf, type Edit } from "./edit.ts";
import { editText } from "./edit-text.ts";

/** The text afterwards; throws where it was refused. */
function done(text: string, ...edits: readonly Edit[]): string {
  const edited = editText(text, edits);
  if (!edited.ok)
    throw new Error(`${edited.problem.line}:${edited.problem.column} ${edited.problem.path}: ${edited.problem.text}`);
  return edited.text;
}

const put = (path: string, value: Plain): Edit => ({ path: path.split("/"), put: value });
const take = (path: string): Edit => ({ path: path.split("/"), take: true });
const tags = "equipment/press/tags";

const heat = / {6}heat:(?:.|\n)*1100\n/;
const block = `# head
equipment:
  press: # the old one
    name: 'Press'
    tags:
      # how fast
      speed: { device: plc, range: [0,   600] } # looks wrong, is right

      heat:
        device: plc   # two blanks before
        limits:
        - 20
        - 1100
      # more to come
  oven:
    tags: {}
`;

describe("a configuration's text, edited by splices", () => {
  it.each<[string, Edit[], (text: string) => string]>([
    [
      "a new tag behind the last",
      [put(`${tags}/rpm`, { device: "plc", unit: "1/min" })],
      (text) => text.replace("        - 1100\n", '        - 1100\n      rpm: { device: plc, unit: "1/min" }\n'),
    ],
    ["another number within a list", [put(`${tags}/speed/range`, [0, 500])], (text) => text.replace("600", "500")],
    ["one element of a block list", [put(`${tags}/heat/limits`, [20, 900])], (text) => text.replace("1100", "900")],
    [
      "a list of another length",
      [put(`${tags}/heat/limits`, [])],
      (text) => text.replace("        - 20\n        - 1100", "         []"),
    ],
    ["a key more on one line", [put(`${tags}/speed/unit`, "%")], (text) => text.replace("600] }", '600], unit: "%" }')],
    [
      "a key more in a block",
      [put(`${tags}/heat/unit`, "°C")],
      (text) => text.replace("- 1100\n", '- 1100\n        unit: "°C"\n'),
    ],
    ["another text", [put("equipment/press/name", "Press 4")], (text) => text.replace("'Press'", "Press 4")],
    ["a tag that goes with its lines", [take(`${tags}/heat`)], (text) => text.replace(heat, "")],
    [
      "a key that goes from one line",
      [take(`${tags}/speed/device`)],
      (text) => text.replace("device: plc, range", "range"),
    ],
    [
      "all tags of a machine",
      [take(`${tags}/heat`), take(`${tags}/speed`)],
      (text) =>
        text
          .replace("    tags:\n", "    tags: {}\n")
          .replace(/ {6}speed.*\n/, "")
          .replace(heat, ""),
    ],
    [
      "tags into an empty section",
      [put("equipment/oven/tags/a", { device: "x" }), put("equipment/oven/tags/b", { device: "z" })],
      (text) => text.replace("tags: {}\n", "tags:\n      a: { device: x }\n      b: { device: z }\n"),
    ],
    [
      "a machine with its tags",
      [put("equipment/saw", { name: "Saw", tags: { run: { device: "plc" } } })],
      (text) => `${text}  saw:\n    name: Saw\n    tags:\n      run: { device: plc }\n`,
    ],
    [
      "tags of a machine that is not there, one by one",
      [put("equipment/saw/tags/run", { device: "plc" })],
      (text) => `${text}  saw:\n    tags:\n      run: { device: plc }\n`,
    ],
    [
      "a section that is not there",
      [put("devices/plc", { driver: "modbus" })],
      (text) => `${text}devices: { plc: { driver: modbus } }\n`,
    ],
    ["what is put and taken again", [put(`${tags}/rpm`, {}), take(`${tags}/rpm`)], (text) => text],
    ["nothing", [], (text) => text],
  ])("takes %s", (_what, edits, expected) => {
    expect(done(block, ...edits)).toBe(expected(block));
    const windows = block.replaceAll("\n", "\r\n");
    expect(done(windows, ...edits)).toBe(expected(block).replaceAll("\n", "\r\n"));
  });

  it.each<[string, string, Edit[], string]>([
    ["empty braces", "a: {}", [put("a/b", 1)], "a: { b: 1 }"],
    ["nothing behind the colon", "a:\nc: 2", [put("a", 1)], "a: 1\nc: 2"],
    ["nothing, with a comment", "a: # none", [put("a", 1)], "a: 1 # none"],
    [
      "braces over lines",
      "a: {\n  b: 1, # one\n  c: 2 # two\n}",
      [put("a/d", 3)],
      "a: {\n  b: 1, # one\n  c: 2, # two\n  d: 3\n}",
    ],
    ["a comma at the end", "a: { b: 1, }", [put("a/d", 3)], "a: { b: 1, d: 3 }"],
    [
      "a comma at the end of a line",
      "a: {\n  b: 1, # one\n}",
      [put("a/d", 3), put("a/e", 4)],
      "a: {\n  b: 1, # one\n  d: 3,\n  e: 4\n}",
    ],
    ["lines of braces that go", "a: {\n  b: 1, # one\n  c: 2 # two\n}", [take("a/c")], "a: {\n  b: 1, # one\n}"],
    ["a last key on one line", "a: { b: 1, c: 2 }", [take("a/c")], "a: { b: 1 }"],
    ["all keys on one line", "a: { b: 1, c: 2 }", [take("a/c"), take("a/b")], "a: {  }"],
    [
      "a file without an end of line",
      "a:\n  b: 1 # one",
      [put("a/c", 2), put("d", 3)],
      "a:\n  b: 1 # one\n  c: 2\nd: 3",
    ],
    ["a block text", "a: |\n  one\n  two\nb: 1\n", [put("a", "x")], "a: x\nb: 1\n"],
    [
      "a key behind a block text",
      "a:\n  b: |\n    one\n\nc: 1\n",
      [put("a/d", 2)],
      "a:\n  b: |\n    one\n  d: 2\n\nc: 1\n",
    ],
    [
      "words that would be read otherwise",
      "a: 1\n",
      [put("b", ["true", "1", "", "a: b", "#", "- x", "n", "é", "\n"])],
      'a: 1\nb: ["true", "1", "", "a: b", "#", "- x", "n", "é", "\\n"]\n',
    ],
    [
      "keys that would be read otherwise",
      "a: 1\n",
      [put("b", { true: "x", "1": "z" })],
      'a: 1\nb: { "1": z, "true": x }\n',
    ],
    [
      "a wider indent",
      "a:\n    b:\n        c: 1\n",
      [put("equipment", { m: { tags: { t: {} } } })],
      "a:\n    b:\n        c: 1\nequipment:\n    m:\n        tags:\n            t: {}\n",
    ],
    ["an anchor that nobody uses", "a: &x\n  b: 1\n", [put("a/c", 2)], "a: &x\n  b: 1\n  c: 2\n"],
    ["what stands beside an alias", "a: &x { b: 1 }\nc: *x\nd: 1\n", [put("d", 2)], "a: &x { b: 1 }\nc: *x\nd: 2\n"],
  ])("writes into %s", (_what, text, edits, expected) => {
    expect(done(text, ...edits)).toBe(expected);
  });

  it.each<[string, string, Edit, string]>([
    [
      "a change where an alias stands elsewhere",
      "a: &x\n  b: 1\nc: *x\n",
      put("a/b", 2),
      "2:3 a: &x is used by *x elsewhere",
    ],
    ["a value with such a part", "a:\n  b: &x 1\nc: *x\n", put("a/b", 2), "2:9 a.b: &x is used by *x"],
    ["what goes with it", "a:\n  b: &x 1\n  d: 2\nc: *x\n", take("a"), "2:3 a: &x is used"],
    ["a change through an alias", "a: &x { b: 1 }\nc: *x\n", put("c/b", 2), "2:4 c: &x is used"],
    [
      "a comment within what would be replaced",
      "a:\n  b: 1 # one\n  c: 2\n",
      put("a", 2),
      "2:3 a: a comment stands within",
    ],
    ["keys within a number", "a: 1\n", put("a/b", 2), "1:4 a: is no group of keys"],
    ["a file that cannot be read", "a: [1\n", put("a", 2), "YAML: "],
    ["a file that is a list", "- 1\n", put("a", 2), "is no group of keys"],
    ["nothing that would be left", "a: 1\n", take("a"), "nothing would be left"],
    ["keys that a merge would bring", "a: &x { b: 1 }\nc: { <<: *x }\n", put("a/b", 2), "&x is used by *x"],
    ["a key given twice", "a: 1\na: 2\nb: 3\n", put("a", 4), ""],
  ])("refuses %s, and says where", (_what, text, edit, why) => {
    if (why === "") expect(parse(done(text, edit), { uniqueKeys: false })).toEqual({ a: 4, b: 3 });
    else expect(() => done(text, edit)).toThrow(why);
  });
});

/** A file as people write one: its lines, and whose each is. */
interface Written {
  readonly text: string;
  readonly lines: readonly { readonly owner: string; readonly line: string }[];
  readonly names: readonly string[];
}

const id = fc
  .stringMatching(/^[a-z][a-z0-9_]{0,5}$/)
  .filter((text) => !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].includes(text));
const scalar = fc.oneof(
  fc.integer({ min: -9, max: 999 }),
  fc.constantFrom("plc", "%", "°C", "a b", "1/min", "true", "", "x: y", "it's", 'say "no"', "#1"),
  fc.boolean(),
);
const tag: fc.Arbitrary<{ [key: string]: Plain }> = fc.record(
  {
    device: scalar,
    unit: scalar,
    range: fc.tuple(fc.integer(), fc.integer()).map(([a, b]) => [a, b] as Plain[]),
    address: fc.record({ table: scalar, register: scalar }),
  },
  { requiredKeys: ["device"] },
);
const comment = fc.option(fc.constantFrom("# note", "# say: what", "#"), { nil: undefined });
const writing = fc.record({
  style: fc.constantFrom("line", "block", "flow lines"),
  end: comment,
  above: comment,
  blank: fc.boolean(),
  comma: fc.boolean(),
});

const written: fc.Arbitrary<Written> = fc
  .record({
    machines: fc.uniqueArray(
      fc.record({
        id,
        tags: fc.uniqueArray(fc.record({ id, tag, writing }), { selector: (each) => each.id, maxLength: 4 }),
        braces: fc.boolean(),
        flow: fc.boolean(),
        above: comment,
        after: comment,
      }),
      { selector: (each) => each.id, maxLength: 4 },
    ),
    newline: fc.constantFrom("\n", "\r\n"),
    open: fc.boolean(),
    step: fc.constantFrom(1, 2, 4),
  })
  .map(({ machines, newline, open, step }) => {
    const lines: { owner: string; line: string }[] = [];
    const say = (owner: string, depth: number, line: string) =>
      lines.push({ owner, line: line === "" ? "" : " ".repeat(depth * step) + line });
    say("", 0, "# a plant");
    say("", 0, "version: 1");
    say("equipment", 0, machines.length === 0 ? "equipment: # none" : "equipment:");
    for (const machine of machines) {
      const own = `equipment/${machine.id}`;
      if (machine.above !== undefined) say("", 1, machine.above);
      if (machine.flow && machine.tags.length > 0) {
        const inside = machine.tags.map((each) => `${each.id}: ${JSON.stringify(each.tag)}`).join(", ");
        say(`${own}/tags/*`, 1, `${machine.id}: { name: 'M', tags: { ${inside} } } # one line`);
        continue;
      }
      say(own, 1, `${machine.id}:`);
      say(own, 2, "name: 'M'   # its name");
      say(`${own}/tags`, 2, machine.tags.length > 0 ? "tags:" : machine.braces ? "tags: {}  # none" : "tags:");
      for (const each of machine.tags) writeTag(`${own}/tags/${each.id}`, each, say);
      if (machine.after !== undefined) say("", 3, machine.after);
    }
    const names = machines.flatMap((machine) => machine.tags.map((each) => `${machine.id}/${each.id}`));
    const text = lines.map(({ line }) => line).join(newline) + (open ? "" : newline);
    return { text, lines, names };
  });

function writeTag(
  owner: string,
  {
    id: name,
    tag: value,
    writing: { style, end, above, blank, comma },
  }: {
    id: string;
    tag: { [key: string]: Plain };
    writing: { style: string; end: string | undefined; above: string | undefined; blank: boolean; comma: boolean };
  },
  say: (owner: string, depth: number, line: string) => void,
): void {
  const note = end === undefined ? "" : ` ${end}`;
  const entries = Object.entries(value);
  if (blank) say("", 0, "");
  if (above !== undefined) say("", 3, above);
  if (style === "line")
    say(
      owner,
      3,
      `${name}: { ${entries.map(([key, each]) => `${key}: ${JSON.stringify(each)}`).join(", ")}${comma ? "," : ""} }${note}`,
    );
  else if (style === "block") {
    say(owner, 3, `${name}:${note}`);
    for (const [key, each] of entries) {
      if (Array.isArray(each)) {
        say(owner, 4, `${key}:`);
        for (const one of each) say(owner, 4, `- ${JSON.stringify(one)}`);
      } else say(owner, 4, `${key}: ${JSON.stringify(each)}${note}`);
    }
  } else {
    say(owner, 3, `${name}: {${note}`);
    entries.forEach(([key, each], i) => {
      say(owner, 4, `${key}: ${JSON.stringify(each)}${comma || i < entries.length - 1 ? "," : ""}${note}`);
    });
    say(owner, 3, "}");
  }
}

const wish = fc.record({
  pick: fc.nat(),
  machine: id,
  id,
  tag,
  what: fc.constantFrom("new", "new machine", "take", "key", "take key", "whole", "whole section"),
});

function editsOf(
  { names, text }: Written,
  wishes: readonly (typeof wish extends fc.Arbitrary<infer T> ? T : never)[],
): readonly Edit[] {
  const plant = parse(text) as {
    equipment: Record<string, { tags: Record<string, Record<string, Plain>> | null }> | null;
  };
  return wishes.flatMap(({ pick, machine, id: name, tag: value, what }): Edit[] => {
    const [first = "", second = ""] = (names[pick % Math.max(1, names.length)] ?? "").split("/");
    const machines = Object.keys(plant.equipment ?? {});
    const there = machines[pick % Math.max(1, machines.length)] ?? machine;
    const keys = Object.keys(plant.equipment?.[first]?.tags?.[second] ?? {});
    switch (what) {
      case "new":
        return [{ path: ["equipment", there, "tags", name], put: value }];
      case "new machine":
        return [{ path: ["equipment", machine, "tags", name], put: value }];
      case "take":
        return first === "" ? [] : [{ path: ["equipment", first, "tags", second], take: true }];
      case "key":
        return first === ""
          ? []
          : Object.entries(value).map(([key, each]) => ({
              path: ["equipment", first, "tags", second, key],
              put: each,
            }));
      case "take key":
        return first === ""
          ? []
          : [{ path: ["equipment", first, "tags", second, keys[pick % keys.length] ?? "unit"], take: true }];
      case "whole":
        return [{ path: ["equipment", machine], put: { name: "New", tags: { [name]: value } } }];
      default:
        return [{ path: ["devices", machine], put: { driver: "x" } }];
    }
  });
}

/** Whether all of the second stand in the first, in their order. */
function missing(all: readonly string[], wanted: readonly string[]): readonly string[] {
  let at = 0;
  return wanted.filter((line) => {
    const found = all.indexOf(line, at);
    if (found === -1) return true;
    at = found + 1;
    return false;
  });
}

describe("whatever people write and edit", () => {
  it("is read as what was wanted, and no other line is touched", () => {
    let refused = 0;
    const runs = 400;
    fc.assert(
      fc.property(written, fc.array(wish, { minLength: 1, maxLength: 5 }), (file, wishes) => {
        const edits = editsOf(file, wishes);
        const edited = editText(file.text, edits);
        if (!edited.ok) {
          refused++;
          // What is refused is refused for a reason that a person can mend.
          expect(edited.problem.text, file.text).toMatch(/a comment (stands within|would go)/);
          return;
        }
        expect(parse(edited.text)).toEqual(changed(parse(file.text) as Plain, changesOf(edits)));
        const touched = edits.map(({ path }) => path.join("/"));
        const kept = file.lines
          .filter(({ owner }) => !touched.some((path) => isTouched(owner, path)))
          .map(({ line }) => line);
        expect(missing(edited.text.split(/\r?\n/), kept)).toEqual([]);
        expect(edited.text.includes("\r\n")).toBe(file.text.includes("\r\n"));
        expect(/[^\r]\n/.test(edited.text) && file.text.includes("\r\n")).toBe(false);
      }),
      { numRuns: runs },
    );
    expect(refused).toBeLessThan(runs / 10);
  });
});

/** A line may change where what it says is edited, or where what stands around becomes or ceases to be empty. */
function isTouched(owner: string, path: string): boolean {
  if (owner === "") return false;
  const start = owner.replace(/\*$/, "");
  return owner.endsWith("*")
    ? path.startsWith(start) || `${start}`.startsWith(`${path}/`)
    : path === owner || path.startsWith(`${owner}/`) || owner.startsWith(`${path}/`);
}
