import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, desk, openBrowser, phone, Visitor } from "../rig/browser.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";
import { bookingsNow, bookNow, changeBooking, siteTime } from "../rig/slot.ts";

/** From "a guest is coming" to "its slot is over", in Italian: staff at the desk, the guest with a phone. */
let plant: Plant;
let staff: Person;
let browser: Browser;
const italian = { ...desk, locale: "it-IT" };
const inHand = { ...phone, locale: "it-IT" };
const machine = "Forno di trattamento termico";

beforeAll(async () => {
  if (browserMissing) return;
  plant = await startPlant({
    people: { ada: "administrator", gino: "guest" },
    change({ equipment }) {
      const furnace = equipment["furnace"];
      if (!furnace) throw new Error("no furnace");
      equipment["other"] = {
        ...structuredClone(furnace),
        name: { en: "Other furnace", it: "Altro forno" },
        bookable: true,
      };
      furnace["bookable"] = true;
    },
  });
  staff = await plant.enter("ada");
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});

const end = (inMs: number): string => new Date(Date.now() + inMs).toISOString();

async function enter(name: string, options: typeof inHand | typeof italian): Promise<Visitor> {
  const visitor = await Visitor.open(browser, plant.url, options);
  await visitor.go();
  await visitor.page.getByRole("heading", { name: "Accesso" }).waitFor();
  // Chosen here, it stays whatever language the person's record names.
  await visitor.page.getByRole("button", { name: "IT", exact: true }).click();
  await visitor.signIn(name, password);
  await visitor.page.getByRole("navigation").first().waitFor();
  return visitor;
}

/** Whose booking, and its times from now. */
async function fillBooking(page: Page, guest: string, fromMs: number, toMs: number): Promise<void> {
  const field = (name: string): Locator => page.getByLabel(name, { exact: true });
  await field("Ospite").selectOption({ label: guest });
  await field("Macchina").selectOption({ label: machine });
  await field("Inizio").fill(siteTime(Date.now() + fromMs));
  await field("Fine").fill(siteTime(Date.now() + toMs));
}

/** A finger on it, so long. */
async function press(visitor: Visitor, target: Locator, ms: number): Promise<void> {
  const finger = await visitor.context.newCDPSession(visitor.page);
  const box = await target.boundingBox();
  if (!box) throw new Error("it is not on the screen");
  const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
  await finger.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
  await sleep(ms);
  await finger.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}

describe("a guest with a booking", () => {
  it("is added by an administrator in People and gets a slot in the agenda", async () => {
    const visitor = await enter("ada", italian);
    const { page } = visitor;
    await visitor.go("#/people");
    await page.getByRole("button", { name: "Aggiungi persona…" }).click();
    await page.getByLabel("Nome").fill("gina");
    await page.getByLabel("Ruolo").selectOption({ label: "Ospite" });
    await page
      .getByLabel("Nuova password")
      .or(page.getByLabel("Password", { exact: true }))
      .first()
      .fill(password);
    await page.getByLabel("Ripeti la password").fill(password);
    await page.getByRole("button", { name: "Aggiungi persona", exact: true }).click();
    await page.getByRole("button", { name: /gina/ }).waitFor();
    await visitor.picture("guest-added");

    await visitor.go("#/bookings");
    await page.getByRole("button", { name: "Prenota…" }).click();
    await fillBooking(page, "gina", -120_000, 600_000);
    await page.getByLabel("Titolo").fill("Prova di tempra");
    await visitor.picture("guest-booking-form");
    await page.getByRole("button", { name: "Prenota macchina" }).click();
    await page.getByRole("status").getByText("In corso").waitFor();
    await visitor.picture("guest-booked");

    // The same time once more is refused in words, by whom it is taken.
    await page.getByRole("button", { name: "Prenota…" }).click();
    await fillBooking(page, "gino", 0, 300_000);
    await page.getByRole("button", { name: "Prenota macchina" }).click();
    await page.getByText(/Occupata: gina/).waitFor();
    expect(await visitor.barriers()).toEqual([]);
    // The browser itself writes each refused request on its console.
    expect(visitor.complaints.filter((line) => !/409/.test(line))).toEqual([]);
    await visitor.close();
    expect((await bookingsNow(staff)).map(({ user, equipment, state }) => [user, equipment, state])).toEqual([
      ["gina", "furnace", "CONFIRMED"],
    ]);
  });

  it("has that machine on the phone, stops it by a press of 1 s, and loses it at once when the slot ends", async () => {
    const visitor = await enter("gina", inHand);
    const { page } = visitor;
    const [booking] = await bookingsNow(staff);
    if (!booking) throw new Error("the booking is gone");
    await page.getByRole("region", { name: "La tua prenotazione" }).waitFor();
    await visitor.go("#/machines");
    await page.getByRole("link", { name: machine, exact: true }).waitFor();
    expect(await page.getByText("Altro forno").count()).toBe(0);
    await page.getByRole("link", { name: machine, exact: true }).tap();
    await page
      .getByText(/^in diretta, /)
      .first()
      .waitFor();
    const shown = () => page.getByRole("main").innerText();
    plant.furnace.model.set("fanPercent", 42);
    await expect.poll(shown).toMatch(/Temperatura camera\s+[\d,]+/);
    expect(await page.getByRole("textbox").count()).toBe(0);
    await visitor.picture("guest-phone-in-slot");
    expect(await visitor.barriers()).toEqual([]);

    expect(plant.furnace.model.readings.running).toBe(true);
    await press(visitor, page.getByRole("button", { name: "Richiesta di arresto da remoto" }), 1800);
    await page.getByText("macchina ferma (confermato)").waitFor();
    expect(plant.furnace.model.readings.running).toBe(false);

    // The slot is cut to end in a few seconds, as it would have by itself.
    const endsAt = end(6000);
    await changeBooking(staff, booking, { end: endsAt });
    await page.getByText(/La tua prenotazione di .* è finita/).waitFor();
    expect(Date.now() - Date.parse(endsAt)).toBeLessThan(2000);
    const after = await shown();
    expect(after).not.toMatch(/Temperatura camera/);
    expect(after).not.toMatch(/\d,\d\s*°C/);
    expect(await page.getByRole("button", { name: "Richiesta di arresto da remoto" }).count()).toBe(0);
    await visitor.picture("guest-phone-after");
    expect(await visitor.barriers()).toEqual([]);
    // And so it stays, whatever the furnace does, on every page.
    for (const hash of ["#/", "#/machines", "#/machines/furnace", "#/bookings"]) {
      await visitor.go(hash);
      await sleep(1000);
      expect(await shown(), hash).not.toMatch(/°C|Temperatura camera/);
    }
    expect(visitor.complaints.filter((line) => !/404/.test(line))).toEqual([]);
    await visitor.close();
  });

  it("sees its slot begin by itself on an open page, and loses the machine within a second of a cancellation", async () => {
    const visitor = await enter("gino", inHand);
    const { page } = visitor;
    await page.getByText("Nessuna prenotazione in vista").waitFor();
    expect(await page.getByText(machine).count()).toBe(0);
    await plant.restore(staff);
    for (const left of await bookingsNow(staff))
      if (left.state === "CONFIRMED" && Date.parse(left.end) > Date.now()) await changeBooking(staff, left, "cancel");
    const booking = await bookNow(staff, "gino", "furnace", 300_000);
    await page.getByRole("region", { name: "La tua prenotazione" }).waitFor();
    await visitor.go("#/machines/furnace");
    await page
      .getByText(/^in diretta, /)
      .first()
      .waitFor();
    await changeBooking(staff, booking, "cancel");
    const cancelled = performance.now();
    await page.getByText("Temperatura camera").first().waitFor({ state: "detached" });
    expect(performance.now() - cancelled).toBeLessThan(2000);
    await visitor.picture("guest-phone-cancelled");
    expect(visitor.complaints.filter((line) => !/404/.test(line))).toEqual([]);
    await visitor.close();
  });
});
