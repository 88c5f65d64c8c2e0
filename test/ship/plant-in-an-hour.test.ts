import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { type RunningFurnace, startFurnace } from "../../simulators/plants/furnace/plant.ts";
import { NodeProcess, plancia, root } from "../rig/node-process.ts";
import { Person } from "../rig/person.ts";
import { until } from "../rig/until.ts";

/** A fenced part of the page: its language, the words behind it, and what stands in it. */
interface Block {
  readonly kind: string;
  readonly words: string;
  readonly text: string;
}

const pages = { en: "docs/plant-in-an-hour.md", it: "docs/it/impianto-in-un-ora.md" };
const password = "a plant in an hour 7";

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(\w+) ?([^\n]*)\n(.*?)^```$/gms)].map(([, kind = "", words = "", body = ""]) => ({
    kind,
    words,
    text: body,
  }));
}

/** Measured values and times are others each time; their places and words are not. */
function shape(text: string): string {
  return text
    .trim()
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/ -?\d[\d.e+-]* +(°C|%|kWh)/g, " N $2")
    .replaceAll(/ +/g, " ");
}

/** As a shell takes the words of a line: those in quotes are one. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? "",
  );
}

let furnace: RunningFurnace;
let folder: string;
let gateway: NodeProcess | undefined;

beforeAll(async () => {
  furnace = await startFurnace({ modbusPort: 0, faultPort: 0 });
  folder = mkdtempSync(join(tmpdir(), "plancia-hour-"));
  mkdirSync(join(folder, "plant"));
});
afterAll(async () => {
  gateway?.signal("SIGTERM");
  await gateway?.end(30_000);
  await furnace?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The page's addresses become those of the simulated oven. */
function put(file: string, text: string): void {
  const here = text
    .replace("host: 192.0.2.50", "host: 127.0.0.1")
    .replace("port: 502", `port: ${furnace.ports["modbusPort"]}`);
  writeFileSync(join(folder, file), here);
}

async function run(line: string, input = ""): Promise<{ code: number | null; text: string }> {
  const [program, ...args] = wordsOf(line);
  expect(program).toBe("plancia");
  const { code, stdout, stderr } = await plancia(args, input, {}, folder);
  return { code, text: stderr + stdout };
}

/** What the page says at its start: the gateway runs, a colleague is let in, and sees four live values. */
async function start(line: string): Promise<Person> {
  const args = line.slice("npm start -- ".length).split(" ");
  gateway = new NodeProcess("gateway/main.ts", ["run", ...args, "--listen", "127.0.0.1:0"], {}, folder);
  await gateway.printed(/\/#\/welcome\?secret=\S+/, 60_000);
  const [, url = ""] = await gateway.printed(/^ +(http:\/\/[^\s/]+)$/m, 60_000);
  const added = await run("plancia user add marco --role operator --password-stdin", `${password}\n`);
  expect(added).toMatchObject({ code: 0 });
  return Person.signIn(url, "marco", password);
}

it("the page is followed word for word, and ends in live values", async () => {
  const blocks = blocksOf(pages.en);
  let last = { code: 0 as number | null, text: "" };
  const done: string[] = [];
  for (const { kind, words, text } of blocks) {
    if (words.startsWith("add to ")) {
      const file = words.slice("add to ".length);
      put(file, readFileSync(join(folder, file), "utf8") + text);
    } else if (words.startsWith("plant/")) put(words, text);
    else if (kind === "text") expect(shape(last.text)).toBe(shape(text));
    else if (words === "start") {
      const marco = await start(text.trim());
      for (const tag of ["temperature", "output", "shell", "energy"])
        await until(async () => (await marco.value(`oven/${tag}`)).status === 0, `${tag} is live`);
    } else if (kind === "sh" && words !== "ask") {
      for (const line of text.trim().split("\n")) {
        last = await run(line);
        expect(last, line).toMatchObject({ code: words === "exit 1" ? 1 : 0 });
      }
    }
    done.push(`${kind} ${words}`.trim());
  }
  expect(done.filter((each) => each === "text")).toHaveLength(7);
  expect(last.text).toContain("meter_01");
});

it("what it says of writing is a valid configuration on top", async () => {
  const blocks = blocksOf(pages.en);
  const whole = parse(blocks.find(({ words }) => words === "plant/gateway.yaml")?.text ?? "");
  const more = parse(blocks.findLast(({ kind }) => kind === "yaml")?.text ?? "").equipment.oven;
  const { oven } = whole.equipment;
  whole.equipment.oven = { ...oven, ...more, tags: { ...oven.tags, ...more.tags } };
  writeFileSync(join(folder, "plant", "writing.yaml"), JSON.stringify(whole));
  expect(await run("plancia check plant/writing.yaml")).toMatchObject({ code: 0 });
});

it("both languages do the same", () => {
  expect(blocksOf(pages.it)).toEqual(blocksOf(pages.en));
});
