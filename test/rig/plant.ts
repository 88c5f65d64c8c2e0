import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Role } from "../../gateway/core/access/policy.ts";
import { type FurnaceOptions, type RunningFurnace, startFurnace } from "../../simulators/plants/furnace/plant.ts";
import { type Configuration, furnaceConfiguration, writeConfiguration } from "./configuration.ts";
import { type Ended, NodeProcess, plancia } from "./node-process.ts";
import { Person } from "./person.ts";

/** Long enough, not common, and nobody's in earnest. */
export const password = "kettle-moon-harvest-32";

/** Poll period of the demo's furnace, ms. */
export const periodMs = 500;

const startMs = 20_000;
const stopMs = 10_000;

export interface PlantSettings {
  readonly furnace?: FurnaceOptions;
  readonly change?: (configuration: Configuration) => void;
  /** Name → role; everybody has `password`. */
  readonly people?: Readonly<Record<string, Role>>;
  /** Beside the configuration: name → text, for this account alone. */
  readonly files?: Readonly<Record<string, string>>;
  /** To listen on, where addresses must be known beforehand; any free one where not given. */
  readonly port?: number;
  /** Of the gateway and of every `plancia` on it. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A simulated furnace in this process, and a gateway on it as a process of its own with its own folder. */
export class Plant {
  readonly furnace: RunningFurnace;
  readonly folder: string;
  readonly configuration: string;
  /** Another one: the next start is on another computer, as it were. */
  data: string;
  readonly #environment: Readonly<Record<string, string>>;
  #gateway: NodeProcess | undefined;
  readonly #firstPort: number;
  #address = "";

  constructor(
    furnace: RunningFurnace,
    folder: string,
    environment: Readonly<Record<string, string>> = {},
    firstPort = 0,
  ) {
    this.#environment = environment;
    this.#firstPort = firstPort;
    this.furnace = furnace;
    this.folder = folder;
    this.configuration = join(folder, "plant.yaml");
    this.data = join(folder, "data");
  }

  /** `http://127.0.0.1:PORT`. */
  get url(): string {
    return this.#address;
  }

  get port(): number {
    return Number(new URL(this.#address).port);
  }

  get gateway(): NodeProcess {
    if (!this.#gateway) throw new Error("the gateway was not started");
    return this.#gateway;
  }

  /** Starts the gateway, or starts it again on the address it had. */
  async start(): Promise<void> {
    const port = this.#address === "" ? this.#firstPort : this.port;
    const args = ["run", ...this.#place(), "--listen", `127.0.0.1:${port}`];
    this.#gateway = new NodeProcess("gateway/main.ts", args, this.#environment);
    [, this.#address = ""] = await this.#gateway.printed(/^ +(http:\/\/[^\s/]+)$/m, startMs);
  }

  /** The link of the first administrator that the gateway printed at its start. */
  get firstLink(): string {
    return /http\S+secret=\S+/.exec(this.gateway.stdout)?.[0] ?? "";
  }

  async kill(): Promise<void> {
    this.gateway.signal("SIGKILL");
    await this.gateway.ended;
  }

  stop(): Promise<Ended> {
    this.gateway.signal("SIGTERM");
    return this.gateway.end(stopMs);
  }

  /** `plancia …` on this plant's folder and configuration. */
  plancia(args: readonly string[], input = ""): Promise<Ended> {
    return plancia([...args, ...this.#place()], input, this.#environment);
  }

  async addUser(name: string, role: Role, more: readonly string[] = []): Promise<void> {
    const ended = await this.plancia(
      ["user", "add", name, "--role", role, "--password-stdin", ...more],
      `${password}\n`,
    );
    if (ended.code !== 0) throw new Error(`user add ${name}: ${ended.stderr}`);
  }

  /** Signs somebody in over HTTP. */
  enter(name: string): Promise<Person> {
    return Person.signIn(this.url, name, password);
  }

  /** Everything in order again: no fault, key on REMOTE, running at 850 °C, and the gateway has seen it. */
  async restore(person: Person): Promise<void> {
    const { model, faults } = this.furnace;
    await faults.clear();
    model.turnKey("remote");
    model.moveDoor("closed");
    model.localReset();
    model.localStart();
    model.set("setpointC", 850);
    model.set("fanPercent", 60);
    model.set("rampKPerMin", 10);
    const inOrder = async (): Promise<boolean> => {
      const now = await Promise.all(["setpoint", "running", "key"].map((id) => person.value(`furnace/${id}`)));
      return now.every(({ status }) => status === 0) && now.map(({ value }) => value).join() === "850,true,true";
    };
    const until = performance.now() + 20_000;
    while (!(await inOrder())) {
      if (performance.now() > until) throw new Error("the plant does not come back to order");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close(): Promise<void> {
    if (this.#gateway && !this.#gateway.over) await this.stop();
    await this.furnace.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #place(): string[] {
    return ["--config", this.configuration, "--data", this.data];
  }
}

/** Furnace, configuration, people, gateway: all of it running. */
export async function startPlant(settings: PlantSettings = {}): Promise<Plant> {
  const plant = await preparePlant(settings);
  try {
    for (const [name, role] of Object.entries(settings.people ?? {})) await plant.addUser(name, role);
    await plant.start();
    return plant;
  } catch (error) {
    await plant.close();
    throw error;
  }
}

/** The same without a gateway and people. */
export async function preparePlant(settings: PlantSettings = {}): Promise<Plant> {
  const furnace = await startFurnace(settings.furnace ?? {});
  const plant = new Plant(furnace, mkdtempSync(join(tmpdir(), "plancia-rig-")), settings.environment, settings.port);
  const configuration = furnaceConfiguration(furnace.modbusPort);
  settings.change?.(configuration);
  for (const [name, text] of Object.entries(settings.files ?? {}))
    writeFileSync(join(plant.folder, name), text, { mode: 0o600 });
  writeConfiguration(plant.configuration, configuration);
  return plant;
}
