import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TestAuthority } from "../../gateway/drivers/opcua/testing/authority.ts";
import { browserMissing, openBrowser, phone, Visitor } from "../rig/browser.ts";
import { type LinePlant, startLinePlant } from "../rig/line.ts";
import { Person } from "../rig/person.ts";
import { password } from "../rig/plant.ts";

/** A machine that nobody has judged yet: its certificate waits on the devices page, and an administrator decides. */
let rig: LinePlant;
let browser: Browser;
let visitor: Visitor | undefined;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  const people = { ada: "administrator", enzo: "engineer", olga: "operator" } as const;
  rig = await startLinePlant({ trusted: false, people });
});
afterAll(async () => {
  await browser?.close();
  await rig?.close();
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});
afterEach(() => visitor?.close());

async function atDevices(who: string, options = {}): Promise<Page> {
  visitor = await Visitor.open(browser, rig.plant.url, options);
  await visitor.go("#/devices");
  await visitor.signIn(who, password);
  await visitor.page.getByRole("heading", { name: /^(Devices|Dispositivi)$/ }).waitFor();
  return visitor.page;
}

/** @param refused requests that the gateway refused on purpose, which the browser notes. */
async function expectSound(name: string, refused = 0): Promise<void> {
  await visitor?.picture(name);
  expect(await visitor?.page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  expect(await visitor?.barriers()).toEqual([]);
  expect(visitor?.complaints).toEqual(Array(refused).fill(expect.stringMatching(/status of 400 .*certificates/)));
}

const certificates = (page: Page) => page.getByRole("region", { name: "Certificates of devices" });
const line = (page: Page) => page.getByRole("article", { name: "Filling line controller" });

/** As the line itself shows it. */
function fingerprint(): string {
  const { fingerprint256 } = new X509Certificate(readFileSync(rig.line.opcua.certificate.file));
  return fingerprint256.replaceAll(":", "").match(/.{4}/g)?.join(" ") ?? "";
}

describe("a certificate that nobody has judged", () => {
  it("waits with its fingerprint and the reason; an engineer sees it and decides nothing", async () => {
    const page = await atDevices("enzo");
    const list = certificates(page);
    await list.getByText("1 waits for a decision").waitFor();
    await list.getByText(fingerprint()).waitFor();
    await list.getByText("unknown until now").waitFor();
    await expect(list.getByRole("button").allTextContents()).resolves.toEqual(["Save as DER", "Save as PEM"]);
    await list.scrollIntoViewIfNeeded();
    await expectSound("certificates-engineer");
    await visitor?.close();
    const operators = await atDevices("olga");
    await line(operators).waitFor();
    expect(await certificates(operators).count()).toBe(0);
  });

  it("is trusted after a second look, and the machine connects", async () => {
    const page = await atDevices("ada", phone);
    const list = certificates(page);
    await list.getByRole("button", { name: "Trust ..." }).click();
    await list.getByText(/Is this the fingerprint/).waitFor();
    await expectSound("certificates-phone");
    await list.getByRole("button", { name: "It is the same: trust" }).click();
    await list.getByText(/^Trusted: /).waitFor();
    await list.getByText("None waits").waitFor();
    await line(page).getByText("answers", { exact: true }).waitFor();
  });

  it("is rejected again, and the connection that stands on it is closed", async () => {
    const page = await atDevices("ada");
    await line(page).getByText("answers", { exact: true }).waitFor();
    const list = certificates(page);
    await list.getByRole("button", { name: "Reject ..." }).click();
    await list.getByText(/are closed now/).waitFor();
    await list.getByRole("button", { name: "Leave it as it is" }).click();
    await list.getByRole("button", { name: "Reject ..." }).click();
    await list.getByRole("button", { name: "Reject", exact: true }).click();
    await list.getByText(/^Rejected: /).waitFor();
    await line(page)
      .getByText(/was rejected/)
      .waitFor();
    await expectSound("certificates-rejected");
  });

  it("is brought as a file; one that is none is refused in words", async () => {
    const page = await atDevices("ada");
    const list = certificates(page);
    await list.getByRole("button", { name: "Bring a file ..." }).click();
    const file = list.getByLabel(/File, PEM or DER/);
    await file.setInputFiles({ name: "notes.pem", mimeType: "text/plain", buffer: Buffer.from("hello") });
    await list.getByRole("button", { name: "Take this file" }).click();
    await list.getByText(/This is no certificate in PEM form/).waitFor();
    await file.setInputFiles(rig.line.opcua.certificate.file);
    await list.getByRole("button", { name: "Take this file" }).click();
    await list.getByText(/^Trusted: /).waitFor();
    await line(page).getByText("answers", { exact: true }).waitFor();
    const ada = await Person.signIn(rig.plant.url, "ada", password);
    const { body } = await ada.get<{ items: { action: string }[] }>("/audit?limit=200");
    const kinds = body.items.map(({ action }) => action).filter((action) => action.startsWith("certificate."));
    expect(kinds).toEqual(["certificate.trusted", "certificate.rejected", "certificate.trusted"]);
  });
});

describe("an authority, what it revokes, and the gateway's own certificate", () => {
  it("are taken from files, a wrong list is refused in words, and all of it stands on the page", async () => {
    const [notBefore, notAfter] = [Date.now() - 86_400_000, Date.now() + 86_400_000 * 30];
    const root = await TestAuthority.root({ notBefore, notAfter });
    const list = (revoked: string[]) => root.list({ thisUpdate: notBefore, nextUpdate: notAfter, revoked });
    const page = await atDevices("ada", phone);
    const region = certificates(page);
    const bring = async (as: string, name: string, buffer: Buffer) => {
      if ((await region.getByLabel("It is").count()) === 0)
        await region.getByRole("button", { name: "Bring a file ..." }).click();
      await region.getByLabel("It is").selectOption({ label: as });
      await region.getByLabel(/File, PEM or DER/).setInputFiles({ name, mimeType: "text/plain", buffer });
      await region.getByRole("button", { name: "Take this file" }).click();
    };
    const asList = "a revocation list of an authority (CRL)";
    await region.getByText(/refused without the list of each authority/).waitFor();
    await bring(asList, "root.crl", await list(["aa"]));
    await region.getByText(/Nobody here knows its authority CN=Plant Root/).waitFor();
    await expectSound("certificates-list-refused", 1);
    await bring("the certificate of a device", "root.pem", Buffer.from(root.pem));
    await region.getByText(/This is the certificate of an authority, not of a device/).waitFor();
    await bring("the certificate of an authority (CA)", "root.der", root.der);
    await region.getByText("Trusted: root.der").waitFor();
    await region.getByText("Trusted authority", { exact: true }).waitFor();
    await bring(asList, "root.crl", await list(["aa"]));
    await region.getByText("Taken: root.crl").waitFor();
    await region.getByText("1 revoked").waitFor();
    await expectSound("certificates-authority-phone", 2);
  });

  it("is renewed after a second look, and gone back from", async () => {
    const page = await atDevices("ada");
    const own = page.getByRole("article", { name: /^This gateway's own certificate/ });
    const shown = async () => (await own.locator("code").first().textContent()) ?? "";
    const first = await shown();
    await own.getByRole("button", { name: "Renew now ..." }).click();
    await own.getByRole("button", { name: "Renew", exact: true }).click();
    await own.getByText(/Renewed\. Let the devices trust this one/).waitFor();
    expect(await shown()).not.toBe(first);
    await own.scrollIntoViewIfNeeded();
    await expectSound("certificates-own-renewed");
    const saving = page.waitForEvent("download");
    await own.getByRole("button", { name: "Save as DER" }).click();
    const file = await (await saving).path();
    const { fingerprint256 } = new X509Certificate(readFileSync(file));
    expect(fingerprint256.replaceAll(":", "")).toBe((await shown()).replaceAll(" ", ""));
    await own.getByRole("button", { name: "Go back to the one of before ..." }).click();
    await own.getByRole("button", { name: "Go back", exact: true }).click();
    await own.getByText(/A person went back to this one/).waitFor();
    expect(await shown()).toBe(first);
  });
});
