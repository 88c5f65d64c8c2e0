import { describe, expect, it } from "vitest";
import { mqtt } from "../drivers/mqtt/manifest.ts";
import { loadText } from "./testing/configuration.ts";

const tag = "{ device: hall, type: double, expect: 10s }";
const file = (topics: string, tags: string) => `version: 1
gateway: { id: lab-1 }
site: { id: lab, name: Lab }
devices:
  hall:
    driver: mqtt
    url: mqtt://127.0.0.1
    topics:
${topics.replace(/^(?=.)/gm, "      ")}
equipment:
  press:
    local: none
    tags:
${tags.replace(/^(?=.)/gm, "      ")}
`;
const load = (topics: string, tags: string) => loadText(file(topics, tags), {}, {}, 0o600, { drivers: [mqtt] });

async function addresses(topics: string, tags: string) {
  const loaded = await load(topics, tags);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return Object.fromEntries(loaded.plant.tags.map(({ name, address }) => [name, address as object]));
}
async function problems(topics: string, tags: string) {
  const loaded = await load(topics, tags);
  return loaded.ok ? [] : loaded.problems.map(({ message }) => message.replace(/^.*\/(?=gateway\.yaml)/, ""));
}

describe("addresses that a device's topics give", () => {
  it("are those of all its tags that name none", async () => {
    const all = await addresses(
      '- { filter: "plant/{equipment}/{tag}", path: /value, decimal: "," }',
      `speed: ${tag}\ncount: { device: hall, type: double, expect: 10s, address: { topic: own/count } }`,
    );
    expect(all["press/speed"]).toMatchObject({ topic: "plant/press/speed", path: "/value", decimal: "," });
    expect(all["press/count"]).toMatchObject({ topic: "own/count", decimal: "." });
  });

  it("take words in place of ids, also within the JSON path", async () => {
    const all = await addresses(
      '- { filter: "plant/{equipment}", path: "/{tag}/v", names: { equipment: { P-01: press }, tag: { "Speed 1": speed } } }',
      `speed: ${tag}\ncount: ${tag}`,
    );
    expect(all["press/speed"]).toMatchObject({ topic: "plant/P-01", path: "/Speed 1/v" });
    expect(all["press/count"]).toMatchObject({ topic: "plant/P-01", path: "/count/v" });
  });

  it("keep what a tag says itself", async () => {
    const all = await addresses(
      '- { filter: "plant/{equipment}/{tag}", path: /value }',
      "speed: { device: hall, type: double, expect: 10s, address: { path: /other, qos: 1 } }",
    );
    expect(all["press/speed"]).toMatchObject({ topic: "plant/press/speed", path: "/other", qos: 1 });
  });

  it("have where to write only for tags that can be written", async () => {
    const all = await addresses(
      '- { filter: "plant/{equipment}/{tag}", write: { topic: "plant/{equipment}/{tag}/set" } }',
      `speed: ${tag}\nlamp: { device: hall, type: boolean, expect: 10s, writable: { class: C1 } }`,
    );
    expect(all["press/lamp"]).toMatchObject({ write: { topic: "plant/press/lamp/set" } });
    expect(all["press/speed"]).not.toHaveProperty("write");
  });

  const rule = '- { filter: "plant/{equipment}/{tag}" }';
  it.each<[string, string, string, string[]]>([
    [
      "no such placeholder, and nothing is said at the tags that wait for it",
      '- { filter: "plant/{equipment}/{tga}" }',
      `speed: ${tag}\ncount: ${tag}`,
      [
        'gateway.yaml:9:19: devices.hall.topics[0].filter: {tga} is no placeholder; there are {equipment} and {tag} – did you mean "tag"?',
      ],
    ],
    [
      "two filters that give one message",
      `${rule}\n- { filter: "plant/press/{tag}", equipment: press }`,
      `speed: ${tag}`,
      [
        "devices.hall.topics[1].filter: overlaps",
        "equipment.press.tags.speed.address: topics[0] and topics[1] of its device are both for it",
      ],
    ],
    [
      "a filter for no tag",
      `${rule}\n- { filter: "lab/{equipment}/{tag}", tags: count }`,
      `speed: ${tag}`,
      ["devices.hall.topics[1].filter: is for no tag"],
    ],
    [
      "a name for a tag that is not there",
      '- { filter: "plant/{equipment}/{tag}", names: { tag: { SPD: sped } } }',
      `speed: ${tag}`,
      ['devices.hall.topics[0].names.tag.SPD: no tag of this device that it is for is "sped" – did you mean "speed"?'],
    ],
    [
      "a command that would be heard as its own value",
      '- { filter: "plant/{equipment}/{tag}", write: { topic: "plant/{equipment}/{tag}" } }',
      "lamp: { device: hall, type: boolean, expect: 10s, writable: { class: C1 } }",
      ["devices.hall.topics[0].write.topic: plant/press/lamp is a tag's own"],
    ],
    [
      "a write that cannot tell its tags apart",
      '- { filter: "plant/{equipment}/{tag}", write: { topic: "plant/{equipment}/set" } }',
      "lamp: { device: hall, type: boolean, expect: 10s, writable: { class: C1 } }",
      ["devices.hall.topics[0].write.topic: must tell the tags apart as the filter does"],
    ],
  ])("are refused with their place: %s", async (_name, topics, tags, expected) => {
    const found = await problems(topics, tags);
    for (const each of expected) expect(found.join("\n")).toContain(each);
    expect(found.join("\n")).not.toContain("address: is missing");
  });

  it("are missed at the tag where the device has no topics", async () => {
    const loaded = await loadText(file(rule, `speed: ${tag}`).replace(/ {4}topics:\n.*\n/, ""), {}, {}, 0o600, {
      drivers: [mqtt],
    });
    expect(loaded.ok ? [] : loaded.problems.map(({ message }) => message).join("\n")).toContain(
      "equipment.press.tags.speed.address: is missing",
    );
  });
});
