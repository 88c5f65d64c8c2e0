import { describe, expect, it } from "vitest";
import type { FeedBatch } from "../../core/history-port.ts";
import type { Value } from "../../core/value.ts";
import { headOf, LineEncoder, type LineSettings, nothingEncoded } from "./line-protocol.ts";

const settings: LineSettings = {
  measurement: "plancia",
  gateway: "hall",
  texts: "kept",
  unitOf: () => undefined,
  isWanted: () => true,
};

function batchOf(name: string, type: string, values: readonly Value[], timeMs = 1000, status = 0): FeedBatch {
  return {
    tags: [{ name, type }],
    tagIndexes: new Uint32Array(values.length),
    times: Float64Array.from(values, (_, i) => timeMs + i),
    statuses: new Uint32Array(values.length).fill(status),
    values,
    place: "",
    behind: 0,
    throughMs: undefined,
  };
}

function encode(batch: FeedBatch, more: Partial<LineSettings> = {}) {
  const into = nothingEncoded();
  new LineEncoder({ ...settings, ...more }).encode(batch, 0, batch.times.length, into);
  return into;
}

describe("a sample as a line", () => {
  it.each<[string, string, Value, string]>([
    ["a real number", "double", 1.5, "value=1.5,"],
    ["a whole number of a real tag", "double", 7, "value=7,"],
    ["a large one", "double", 1e300, "value=1e+300,"],
    ["a small one", "float", 5e-324, "value=5e-324,"],
    ["minus zero", "double", -0, "value=-0,"],
    ["an integer", "int32", -7, "value_int=-7i,"],
    ["a number with a fraction of before the tag became an integer", "int32", 0.5, "value=0.5,"],
    ["the largest of 64 bits", "int64", 2n ** 63n - 1n, "value_int=9223372036854775807i,"],
    ["the smallest of 64 bits", "int64", -(2n ** 63n), "value_int=-9223372036854775808i,"],
    ["a date", "dateTime", 1_700_000_000_000, "value_int=1700000000000i,"],
    ["true", "boolean", true, "value_bool=true,"],
    ["a text", "string", "Rezept 7", 'value_text="Rezept 7",'],
    ["an empty text", "string", "", 'value_text="",'],
    ["a text with everything in it", "string", 'a "b" \\c,d=e\nf\\', 'value_text="a \\"b\\" \\\\c,d=e\nf\\\\",'],
    ["half an emoji", "string", "a\ud83d", 'value_text="a\ufffd",'],
    ["no value", "double", null, ""],
  ])("%s", (_, type, value, field) => {
    const { lines, leftOut, outOfTime } = encode(batchOf("press/speed", type, [value], 1000, 0x80310000));
    expect(lines).toEqual([`plancia,equipment=press,gateway=hall,tag=speed ${field}status=2150694912i 1000`]);
    expect([leftOut, outOfTime]).toEqual([0, []]);
  });

  it.each<[string, string, Value]>([
    ["not a number", "double", Number.NaN],
    ["infinite", "double", Number.POSITIVE_INFINITY],
    ["minus infinite", "float", Number.NEGATIVE_INFINITY],
    ["unsigned beyond 63 bits", "uint64", 2n ** 63n],
    ["bytes", "byteString", Uint8Array.of(1, 2)],
  ])("a value that is %s is left out and counted, its status sent", (_, type, value) => {
    const { lines, leftOut } = encode(batchOf("press/speed", type, [value]));
    expect(lines).toEqual(["plancia,equipment=press,gateway=hall,tag=speed status=0i 1000"]);
    expect(leftOut).toBe(1);
  });

  it("a text goes to no server that would make 0 of it", () => {
    const { lines, leftOut } = encode(batchOf("press/recipe", "string", ["a"]), { texts: "left out" });
    expect([lines, leftOut]).toEqual([["plancia,equipment=press,gateway=hall,tag=recipe status=0i 1000"], 1]);
  });

  it("a time of the year 1601, as unset clocks have it, stands apart", () => {
    const { lines, outOfTime } = encode(batchOf("press/speed", "double", [1], -11_644_473_600_000));
    expect([lines, outOfTime.length]).toEqual([[], 1]);
  });

  it("a tag that is not wanted is passed over, and looked up once", () => {
    const asked: string[] = [];
    const isWanted = (tag: string) => asked.push(tag) < 0;
    const { lines, leftOut } = encode(batchOf("press/speed", "double", [1, Number.NaN]), { isWanted });
    expect([lines, leftOut, asked]).toEqual([[], 0, ["press/speed"]]);
  });
});

describe("the names in a line", () => {
  it.each([
    ["a comma, an equals sign and a space", "a,b=c d", "a\\,b\\=c\\ d"],
    ["quotes, which are nothing special there", `a"b'c`, `a"b'c`],
    ["a line feed, as its picture", "a\nb\r", "a␊b␍"],
    ["a null and a delete", "a\0b\x7f", "a␀b␡"],
    ["a backslash anywhere, wide", "a\\b\\", "a＼b＼"],
    ["an emoji and letters of anywhere", "🔥 °C Ω", "🔥\\ °C\\ Ω"],
    ["half an emoji", "\ud83d", "\ufffd"],
  ])("with %s", (_, text, written) => {
    const head = headOf(`${text}/${text}`, { measurement: "m", gateway: text, unitOf: () => text });
    expect(head).toBe(`m,equipment=${written},gateway=${written},tag=${written},unit=${written}`);
  });

  it("of the measurement: an equals sign stands as it is", () => {
    expect(headOf("a/b", { measurement: "a=b, c", gateway: "g", unitOf: () => undefined })).toBe(
      "a=b\\,\\ c,equipment=a,gateway=g,tag=b",
    );
  });

  it("of a tag without a machine, without a unit, and with a slash in its id", () => {
    const bare = { measurement: "m", gateway: "g", unitOf: () => "" };
    expect(headOf("old", bare)).toBe("m,gateway=g,tag=old");
    expect(headOf("a/b/c", bare)).toBe("m,equipment=a,gateway=g,tag=b/c");
  });
});
