import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, openBrowser, phone, Visitor } from "../rig/browser.ts";
import { freePort } from "../rig/free-port.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** A passkey in a browser, with the browser's own virtual authenticator. */
let plant: Plant;
let browser: Browser;
let origin: string;
/** At a desk, in English. */
let olga: Visitor;
/** On the phone, in Italian. */
let ada: Visitor;
const open: Visitor[] = [];

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  const port = await freePort();
  origin = `http://localhost:${port}`;
  plant = await startPlant({
    port,
    people: { olga: "operator", ada: "administrator", otto: "operator" },
    change(configuration) {
      configuration["server"] = { listen: "127.0.0.1:0", publicUrl: origin };
      configuration["security"] = {};
    },
  });
});
afterAll(async () => {
  for (const visitor of open) await visitor.close();
  await browser?.close();
  await plant?.close();
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});

/** A page whose browser has an authenticator of its own, which says yes at once. */
async function withAuthenticator(options?: Parameters<typeof Visitor.open>[2]): Promise<Visitor> {
  const visitor = await Visitor.open(browser, origin, options);
  open.push(visitor);
  const devtools = await visitor.context.newCDPSession(visitor.page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      ...{ protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  });
  return visitor;
}

/** As if a copy of every passkey had been used often elsewhere. */
function countFarOn(): void {
  using records = new DatabaseSync(join(plant.data, "records.db"), { timeout: 10_000 });
  records.exec("UPDATE passkeys SET counter = 1000000");
}

const sideways = (visitor: Visitor) => visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth");

describe("a passkey in the browser", () => {
  it("is added under You, signs in, and unlocks the screen", async () => {
    const visitor = await withAuthenticator();
    const { page } = visitor;
    await visitor.go();
    const signIn = async () => {
      await page.getByLabel(/^Name/).fill("olga");
      await page.getByLabel(/^Password/).fill(password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
    };
    await signIn();
    await page.getByText("olga").first().waitFor();
    await visitor.go("#/me");
    await page.getByLabel("Name of the passkey").fill("Laptop");
    await page.getByLabel(/^Password/).fill(password);
    await page.getByRole("button", { name: "Add passkey" }).click();
    await page.getByRole("heading", { name: "Recovery codes" }).waitFor();
    await page.getByRole("button", { name: "I have kept them" }).click();
    await page.getByRole("button", { name: "Remove passkey Laptop" }).waitFor();
    await visitor.picture("passkeys");
    expect(await visitor.barriers()).toEqual([]);

    await page.getByRole("button", { name: "Sign out" }).first().click();
    await page.getByLabel(/^Password/).waitFor();
    await signIn();
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.getByText("olga").first().waitFor();
    await visitor.go("#/me");
    await page.getByText(/last used/).waitFor();

    await page.getByRole("button", { name: "Lock screen" }).click();
    const lock = page.getByRole("region", { name: "Screen locked" });
    await lock.getByRole("button", { name: "Use a passkey" }).click();
    await lock.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Make new recovery codes" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Use a passkey" }).click();
    await dialog.waitFor({ state: "detached" });
    olga = visitor;
  });

  it("is added on the phone, in Italian; what is refused says why, and changes nothing", async () => {
    const visitor = await withAuthenticator({ ...phone, locale: "it-IT" });
    const { page } = visitor;
    await visitor.go();
    await page.getByRole("button", { name: "IT", exact: true }).click();
    await visitor.signIn("ada", password);
    await page.getByRole("main").waitFor();
    await visitor.go("#/me");
    const panel = page.locator("section").filter({ has: page.getByRole("heading", { name: "Passkey" }) });
    await panel.getByText("Non c'è ancora nessuna passkey.").waitFor();
    await panel.getByLabel("Nome della passkey").fill("Telefono");
    await panel.getByLabel(/^Password/).fill("not the password");
    await panel.getByRole("button", { name: "Aggiungi passkey" }).click();
    await panel.getByRole("alert").waitFor();
    await panel.getByText("Non c'è ancora nessuna passkey.").waitFor();
    expect(await visitor.barriers()).toEqual([]);
    await visitor.picture("passkeys-phone-refused");

    await panel.getByLabel(/^Password/).fill(password);
    await panel.getByRole("button", { name: "Aggiungi passkey" }).click();
    await page.getByRole("heading", { name: "Codici di recupero" }).waitFor();
    await page.getByRole("button", { name: "Li ho conservati" }).click();
    await panel.getByRole("button", { name: "Rimuovi la passkey Telefono" }).click();
    // The only second factor stays.
    await panel.getByRole("alert").getByText("È il tuo unico secondo fattore").waitFor();
    await panel.getByRole("button", { name: "Rimuovi la passkey Telefono" }).waitFor();
    expect(await sideways(visitor)).toBeLessThanOrEqual(0);
    await visitor.picture("passkeys-phone");
    ada = visitor;
  });

  it("that counted backwards is refused, and an alarm on both their screens until the administrator has seen it", async () => {
    countFarOn();
    await olga.page.getByRole("button", { name: "Lock screen" }).click();
    const lock = olga.page.getByRole("region", { name: "Screen locked" });
    await lock.getByRole("button", { name: "Use a passkey" }).click();
    await lock.getByRole("alert").getByText("The passkey does not hold").waitFor();
    const own = olga.page.getByRole("region", { name: "Sign-in alarm" });
    await own.getByText(/^A passkey of olga counted backwards at .* used from 127\.0\.0\.1\.$/).waitFor();
    expect(await own.getByRole("button").count()).toBe(0);
    const alarm = ada.page.getByRole("region", { name: "Allarme d'accesso" });
    await alarm.getByText(/^Il contatore di una passkey di olga è tornato indietro/).waitFor();
    for (const each of [olga, ada]) expect(await each.barriers()).toEqual([]);
    expect(await sideways(ada)).toBeLessThanOrEqual(0);
    await olga.picture("sign-in-alarm");
    await ada.page.reload();
    await alarm.waitFor();
    await ada.picture("sign-in-alarm-phone");
    await alarm.getByRole("button", { name: /^Presa visione/ }).click();
    await Promise.all([alarm, own].map((each) => each.waitFor({ state: "detached" })));
  });

  it("is not offered where the page is reached by an address, and the panel says what it needs", async () => {
    const visitor = await Visitor.open(browser, origin.replace("localhost", "127.0.0.1"));
    open.push(visitor);
    await visitor.go();
    await visitor.signIn("otto", password);
    await visitor.go("#/me");
    await visitor.page.getByText(/^Passkeys need /).waitFor();
    expect(await visitor.page.getByLabel("Name of the passkey").count()).toBe(0);
    await visitor.picture("passkeys-refused");
  });
});
