import type { Browser, BrowserContextOptions, Locator } from "playwright-core";
import type { EquipmentView } from "../../gateway/api/wire/equipment.ts";
import { desk, openBrowser, Visitor } from "./browser.ts";
import type { Configuration } from "./configuration.ts";
import type { Person } from "./person.ts";
import { type Plant, password, startPlant } from "./plant.ts";
import { underControl } from "./under-control.ts";
import { until } from "./until.ts";

/** So soon whoever has control is asked whether he is there, and so long an answer may take. */
const areYouThere = { after: "10s", within: "20s" };

/** The furnace under control of one person, unattended, also from a phone; its start waits for an attendant. */
function furnaceInHand(configuration: Configuration): void {
  const furnace = configuration.equipment["furnace"];
  const start = (furnace?.["commands"] as Record<string, unknown> | undefined)?.["start"];
  underControl("continue")(configuration);
  if (!furnace) throw new Error("the demo's configuration has no furnace any more");
  const { soak, overheat } = furnace["commands"] as Record<string, unknown>;
  Object.assign(furnace, {
    unattended: true,
    areYouThere,
    phoneControl: "operate",
    commands: { start, soak, overheat },
  });
}

/** One furnace, a gateway on it, a browser, and whoever sits or stands in front of a page of it. */
export class Hall {
  readonly plant: Plant;
  readonly #browser: Browser;
  #visitors: Visitor[] = [];
  #watcher: Person | undefined;
  #before = 0;

  private constructor(plant: Plant, browser: Browser) {
    this.plant = plant;
    this.#browser = browser;
  }

  static async open(change: (configuration: Configuration) => void = () => undefined): Promise<Hall> {
    const browser = await openBrowser();
    const plant = await startPlant({
      people: { olga: "operator", omar: "operator", sara: "supervisor", anna: "operator", bruno: "supervisor" },
      change: (configuration) => {
        furnaceInHand(configuration);
        change(configuration);
      },
    });
    return new Hall(plant, browser);
  }

  /** Running at 850 °C, nobody in control, nobody in front of a page. */
  async inOrder(): Promise<void> {
    this.#watcher ??= await this.plant.enter("sara");
    await this.plant.restore(this.#watcher);
    await until(async () => (await this.machine()).control.holder === null, "nobody in control");
    this.#before = this.plant.furnace.writes.count;
  }

  async machine(): Promise<EquipmentView> {
    if (!this.#watcher) throw new Error("nobody watches");
    return (await this.#watcher.get<EquipmentView>("/equipment/furnace")).body;
  }

  /** What came over the wire since the test began. */
  written() {
    return this.plant.furnace.writes.since(this.#before);
  }

  /** On the furnace's page, live. `url`: through a gate. */
  async at(name: string, options: BrowserContextOptions = desk, url = this.plant.url): Promise<Visitor> {
    const visitor = await this.visit(url, options, "#/machines/furnace");
    await visitor.signIn(name, password);
    await visitor.page.getByText("live, ").first().waitFor();
    return visitor;
  }

  async visit(url: string, options: BrowserContextOptions, hash: string): Promise<Visitor> {
    const visitor = await Visitor.open(this.#browser, url, options);
    this.#visitors.push(visitor);
    await visitor.go(hash);
    return visitor;
  }

  /** Everybody signs out where that is possible: it gives control back at once. */
  async empty(): Promise<void> {
    for (const visitor of this.#visitors.splice(0)) {
      const out = button(visitor, "Sign out");
      if (await out.isEnabled({ timeout: 300 }).catch(() => false))
        await out.click({ timeout: 2000 }).catch(() => undefined);
      await visitor.close();
    }
  }

  /** Every page stands still as with the lid of its laptop closed: the processes get no time. Returns what opens it. */
  async closeLids(): Promise<() => void> {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await session.detach();
    const pages = processInfo.filter(({ type }) => type === "renderer");
    for (const { id } of pages) process.kill(id, "SIGSTOP");
    return () => {
      for (const { id } of pages) process.kill(id, "SIGCONT");
    };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.plant.close();
  }
}

/** The first of that name. */
export const button = ({ page }: Visitor, name: string | RegExp): Locator =>
  page.getByRole("button", { name, exact: typeof name === "string" }).first();
export const dialog = ({ page }: Visitor, name: string | RegExp): Locator => page.getByRole("dialog", { name });
export const region = ({ page }: Visitor, name: string | RegExp): Locator => page.getByRole("region", { name });

export async function takes(visitor: Visitor): Promise<void> {
  await button(visitor, "Take control").click();
  await visitor.page.getByText("You have it").waitFor();
}

/** The furnace's C2 command of two writes, filled in and selected; the open dialog. */
export async function soakSelected(visitor: Visitor, target: string, fan: string): Promise<Locator> {
  await button(visitor, "Soak").click();
  const asked = dialog(visitor, "Soak");
  await asked.getByLabel("Temperature").fill(target);
  await asked.getByLabel("Fan").fill(fan);
  await asked.getByRole("button", { name: /^Select Soak/ }).click();
  await asked.getByText("The gateway holds it for you").waitFor();
  return asked;
}
