import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../gateway/api/wire/command.ts";
import { browserMissing, openBrowser, Visitor } from "../rig/browser.ts";
import { addKiosk, anna, bruno, guardedFurnace, setPins } from "../rig/kiosk.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, startPlant } from "../rig/plant.ts";
import { TcpGate } from "../rig/tcp-gate.ts";

/** The kiosk at the machine in a real browser: enrolled, asked, pressed, guessed at, cut off and removed. */
let plant: Plant;
let browser: Browser;
let olga: Person;
let visitor: Visitor;
let page: Page;
let kioskId: string;

const lying = { viewport: { width: 1024, height: 768 }, locale: "en-GB" } as const;
const standing = { viewport: { width: 800, height: 1280 }, locale: "en-GB" } as const;
/** What a browser writes down when it is told no. */
const told = /40[139]|429/;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  plant = await startPlant({
    people: { olga: "operator", anna: "operator", bruno: "supervisor" },
    change: guardedFurnace,
  });
  await setPins(plant);
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
});
beforeEach(async (context) => {
  if (browserMissing) context.skip(browserMissing);
  olga = await plant.enter("olga");
  await plant.restore(olga);
});
afterEach(async () => {
  await visitor?.close();
  if (kioskId !== undefined) await plant.plancia(["kiosk", "remove", kioskId]);
});

/** A browser that opened the link of a new kiosk and pressed. */
async function enrolled(name: string, options: Parameters<typeof Visitor.open>[2] = lying): Promise<void> {
  const { id, secret } = await addKiosk(plant, "furnace", name);
  kioskId = id;
  visitor = await Visitor.open(browser, plant.url, options);
  page = visitor.page;
  await visitor.go(`#/kiosk?secret=${secret}`);
  await page.getByRole("button", { name: "Enrol this device" }).click();
  await page.getByRole("heading", { name: "Heat-treatment furnace" }).waitFor();
}

/** Somebody outside selects what waits for the attendant. */
async function select(): Promise<Command> {
  const key = crypto.randomUUID();
  const ticket = await olga.ticket();
  return (await olga.post<Command>("/commands", { target: "furnace:warm", key, ticket })).body;
}

async function operate(id: string): Promise<Command> {
  return (await olga.post<Command>(`/commands/${id}/operate`, { ticket: await olga.ticket() })).body;
}

async function typePin(person: string, pin: string, action: string): Promise<void> {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: person, exact: true }).click();
  for (const digit of pin) await dialog.getByRole("button", { name: digit, exact: true }).click();
  await dialog.getByRole("button", { name: action }).click();
}

const gone = () => page.getByRole("dialog").waitFor({ state: "detached" });

/** Whole at this size: nothing to scroll sideways, nothing below 15 px, nothing to press below 48, no barrier. */
async function expectSound(name: string): Promise<void> {
  await visitor.picture(`kiosk-${name}`);
  expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  expect(await visitor.barriers()).toEqual([]);
  expect(await page.evaluate(smallTexts)).toEqual([]);
  expect(await page.evaluate(smallTargets)).toEqual([]);
}

const smallTexts = `[...document.querySelectorAll(".kiosk *")].filter((each) =>
  [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "") &&
  !each.closest(".hidden-text, svg") && each.getClientRects().length > 0 &&
  parseFloat(getComputedStyle(each).fontSize) < 15).map((each) => each.textContent.slice(0, 60))`;
const smallTargets = `[...document.querySelectorAll(".kiosk button, .kiosk a, .kiosk input")].filter((each) => {
  const { height, width } = each.getBoundingClientRect();
  return height > 0 && (height < 48 || width < 48);
}).map((each) => each.textContent.slice(0, 60))`;

describe("enrolment", () => {
  it("takes a link once, by a press, and keeps no secret in the address", async () => {
    await enrolled("Once");
    expect(page.url()).toBe(`${plant.url}/#/kiosk`);
    await page.reload();
    await page.getByRole("heading", { name: "Heat-treatment furnace" }).waitFor();
    const cookies = await visitor.context.cookies(`${plant.url}/api/v1/kiosk`);
    expect(cookies).toMatchObject([
      { name: "plancia_kiosk", httpOnly: true, sameSite: "Strict", path: "/api/v1/kiosk" },
    ]);
    expect(await page.evaluate("document.cookie")).toBe("");
    expect(visitor.complaints).toEqual([]);
  });

  it("says what to do where there is none, and where the link is used up", async () => {
    visitor = await Visitor.open(browser, plant.url, lying);
    page = visitor.page;
    await visitor.go("#/kiosk");
    await page.getByText("This device is not enrolled").waitFor();
    await expectSound("not-enrolled");
    await visitor.go();
    await visitor.go("#/kiosk?secret=used");
    await page.getByRole("button", { name: "Enrol this device" }).click();
    await page
      .getByText("The link is used up or too old.")
      .or(page.getByText("This device is not enrolled"))
      .first()
      .waitFor();
    expect(visitor.complaints.filter((text) => !/401|410/.test(text))).toEqual([]);
  });

  it("ends on the screen within a second or two when the device is removed", async () => {
    await enrolled("Removed");
    await plant.plancia(["kiosk", "remove", kioskId]);
    await page.getByText("This device is not enrolled").waitFor({ timeout: 4_000 });
    expect(await page.getByText("Heat-treatment furnace").count()).toBe(0);
  });

  it("is refused through a proxy, and says so", async () => {
    await enrolled("Proxied");
    await visitor.context.setExtraHTTPHeaders({ "x-forwarded-for": "192.0.2.1" });
    await page.reload();
    await page.getByText("without a proxy").waitFor();
    await expectSound("proxy");
  });
});

describe("the attendant", () => {
  it("is asked, confirms with a PIN, and one command runs", async () => {
    await enrolled("Confirming");
    await page.getByText("Nobody asks to start").waitFor();
    await expectSound("quiet");
    const selected = await select();
    await page.getByRole("heading", { name: "olga asks: Warm up" }).waitFor();
    await page.getByText("The chamber heats up").waitFor();
    await expectSound("asked");
    await page.getByRole("button", { name: "Zone clear – confirm" }).click();
    await expectSound("pin");
    await typePin("anna", anna.pin, "Zone clear – confirm");
    await gone();
    await page.getByRole("heading", { name: "Zone clear, confirmed by anna" }).waitFor();
    await expectSound("confirmed");
    expect((await operate(selected.id)).state).toBe("VERIFIED");
    await page.getByText("Nobody asks to start").waitFor();
    await page.getByText("Warm up").first().waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it("refuses without a PIN what is not clear", async () => {
    await enrolled("Refusing");
    const selected = await select();
    await page.getByRole("button", { name: "Not clear, refuse" }).click();
    await page.getByText("Nobody asks to start").waitFor();
    expect((await olga.get<Command>(`/commands/${selected.id}`)).body.state).toBe("CANCELLED");
  });

  it("types the PIN on a keyboard too, and Enter presses nothing", async () => {
    await enrolled("Keyboard");
    await page.getByRole("button", { name: "Zone clear – confirm" }).focus();
    await page.keyboard.press("Space");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "anna", exact: true }).press("Space");
    await dialog.getByLabel("PIN, 6 to 12 digits").fill(anna.pin);
    await page.keyboard.press("Enter");
    await dialog.getByRole("button", { name: "Zone clear – confirm" }).press("Space");
    await gone();
    await page.getByRole("heading", { name: "Zone clear, confirmed by anna" }).waitFor();
    expect((await operate((await select()).id)).state).toBe("VERIFIED");
    await page.getByText("Nobody asks to start").waitFor();
  });

  it("is told that a PIN is wrong, then to wait", async () => {
    await enrolled("Guessing");
    await page.getByRole("button", { name: "Lock out for me" }).click();
    for (let i = 0; i < 3; i++) {
      await typePin("anna", "000001", "Lock the machine out");
      await page.getByText("The name or the PIN is wrong.").waitFor();
    }
    await typePin("anna", anna.pin, "Lock the machine out");
    await page.getByText(/Too many wrong PINs at this kiosk. Wait \d+ s./).waitFor();
    await expectSound("slow-down");
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await gone();
    expect(visitor.complaints.filter((text) => !told.test(text))).toEqual([]);
  });

  it("is locked out of confirming while the key is on LOCAL", async () => {
    await enrolled("Local");
    plant.furnace.model.turnKey("local");
    await page.getByText("Nothing to confirm: the key is not at REMOTE.").waitFor();
    expect(await page.getByRole("button", { name: "Zone clear – confirm" }).isDisabled()).toBe(true);
    await expectSound("local");
  });
});

describe("lock-out and island", () => {
  it("are set with a PIN, shown to everybody, and lifted by the same person", async () => {
    await enrolled("Locking");
    await page.getByRole("button", { name: "Lock out for me" }).click();
    await page.getByRole("button", { name: "Maintenance" }).click();
    await typePin("bruno", bruno.pin, "Lock the machine out");
    await gone();
    await page.getByText("Nothing to confirm: the machine is locked out.").waitFor();
    const write = await olga.write("furnace/setpoint", 851);
    expect(write.body.causes?.map(({ cause }) => cause)).toEqual(["locked-out"]);

    await page.getByRole("button", { name: "Island", exact: true }).click();
    await typePin("anna", anna.pin, "Cut the machine off");
    await gone();
    await page.getByText(/Cut off by anna, /).waitFor();
    await expectSound("locked-and-cut");
    await page.getByRole("button", { name: "Connected", exact: true }).click();
    await typePin("anna", anna.pin, "Connect the machine");
    await gone();

    await page.getByRole("button", { name: "Lift bruno's lock" }).click();
    expect(await page.getByRole("dialog").getByRole("button", { name: "anna", exact: true }).count()).toBe(0);
    await typePin("bruno", bruno.pin, "Lift your lock");
    await gone();
    await page.getByText("Nobody has locked the machine out.").waitFor();
    expect((await olga.write("furnace/setpoint", 851)).body.state).toBe("VERIFIED");
  });

  it("set on the box are shown within a moment", async () => {
    await enrolled("Watching");
    await plant.plancia(["island", "on"]);
    await page.getByText(/The whole site was cut off on the box, /).waitFor({ timeout: 5_000 });
    expect(await page.getByRole("button", { name: "Connected", exact: true }).isDisabled()).toBe(true);
    await plant.plancia(["island", "off"]);
    await page.getByText("Island cuts every command from outside").waitFor({ timeout: 5_000 });
  });
});

describe("the stop request", () => {
  it("asks the machine to stop, without a PIN and beside an open dialog", async () => {
    await enrolled("Stopping");
    await page.getByRole("button", { name: "Lock out for me" }).click();
    await page.getByRole("dialog").waitFor();
    await page.getByRole("button", { name: "Remote stop request" }).click();
    await page.getByText("machine stopped (confirmed)").waitFor();
    expect(plant.furnace.model.readings.running).toBe(false);
  });
});

describe("without the gateway", () => {
  it("shows the past as the past, locks everything but the stop request, and comes back by itself", async () => {
    const gate = await TcpGate.open(plant.port);
    try {
      const { id, secret } = await addKiosk(plant, "furnace", "Behind a gate");
      kioskId = id;
      visitor = await Visitor.open(browser, gate.url, lying);
      page = visitor.page;
      await visitor.go(`#/kiosk?secret=${secret}`);
      await page.getByRole("button", { name: "Enrol this device" }).click();
      await page.getByRole("button", { name: "Lock out for me" }).click();
      gate.lose("everything");
      await page.getByText("You are looking at the past.").waitFor({ timeout: 15_000 });
      await gone();
      for (const name of ["Lock out for me", "Zone clear – confirm", "Island"])
        expect(await page.getByRole("button", { name, exact: true }).isDisabled()).toBe(true);
      expect(await page.getByRole("button", { name: "Remote stop request" }).isEnabled()).toBe(true);
      await expectSound("lost");
      await page.getByRole("button", { name: "Remote stop request" }).click();
      await page.getByText("NOT CONFIRMED – call the site").waitFor({ timeout: 10_000 });
      await page.getByRole("button", { name: "Back to the machine" }).click();
      gate.lose("nothing");
      await page.getByText("You are looking at the past.").waitFor({ state: "detached", timeout: 15_000 });
    } finally {
      await gate.close();
    }
  });
});

describe("every size and language", () => {
  it.each([
    ["lying", lying, "light"],
    ["standing", standing, "light"],
    ["standing-dark", standing, "dark"],
  ] as const)("%s is whole in Italian, asked and asking for a PIN", async (name, options, colorScheme) => {
    await enrolled(name, { ...options, colorScheme });
    await select();
    await page.getByRole("heading", { name: "olga asks: Warm up" }).waitFor();
    await page.getByRole("button", { name: "IT", exact: true }).click();
    await page.getByRole("heading", { name: "olga chiede: Scalda" }).waitFor();
    await expectSound(`${name}-it-asked`);
    await page.getByRole("button", { name: "Blocca per me" }).click();
    await page.getByRole("dialog").waitFor();
    await expectSound(`${name}-it-pin`);
    await page.getByRole("dialog").getByRole("button", { name: "Annulla" }).click();
    expect(visitor.complaints).toEqual([]);
  });
});
