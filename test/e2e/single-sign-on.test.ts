import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, openBrowser, phone, Visitor } from "../rig/browser.ts";
import { freePort } from "../rig/free-port.ts";
import { client, OidcServer } from "../rig/oidc-server.ts";
import { type Plant, startPlant } from "../rig/plant.ts";

/** In a browser, from one site to another and back: the session cookie is Strict, and the page comes up all the same. */
let plant: Plant;
let browser: Browser;
let server: OidcServer;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  const port = await freePort();
  const gateway = `http://127.0.0.1:${port}`;
  server = await OidcServer.start(gateway, ["firm"], "localhost");
  server.accounts.set("s-vera", { name: "vera", groups: ["operators"] });
  plant = await startPlant({
    port,
    people: { ada: "administrator" },
    files: { "client-secret": client.secret },
    change(configuration) {
      configuration["server"] = { listen: "127.0.0.1:0", publicUrl: gateway };
      configuration["security"] = {
        oidc: {
          firm: {
            ...{ name: { en: "Firm account", it: "Account aziendale" }, issuer: server.issuer, clientId: client.id },
            ...{ clientSecret: `\${file:client-secret}` },
            groups: [{ group: "operators", role: "operator", equipment: ["*"] }],
          },
        },
      };
    },
  });
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
  await server?.close();
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});

describe("a provider on the sign-in page", () => {
  it("signs in over another site, stays over a reload, and leaves both", async () => {
    server.next = "s-vera";
    const visitor = await Visitor.open(browser, plant.url);
    const { page } = visitor;
    await visitor.go();
    const button = page.getByRole("link", { name: "Sign in with Firm account" });
    await button.waitFor();
    await visitor.picture("provider-sign-in");
    expect(await visitor.barriers()).toEqual([]);
    await button.click();
    await page.getByRole("heading", { name: "Needs attention" }).or(page.getByText("vera")).first().waitFor();
    expect(page.url().startsWith(`${plant.url}/`)).toBe(true);
    expect(page.url()).not.toContain("code=");
    await page.reload();
    await page.getByText("vera").first().waitFor();
    await visitor.go("#/me");
    await page.getByRole("button", { name: /^Set up second factor/ }).click();
    await page.getByText("Your account has no password here").waitFor();
    await page.getByRole("button", { name: "Show the secret" }).click();
    await page.getByText("Scan this with an authenticator app").waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Lock screen" }).click();
    const lock = page.getByRole("region", { name: "Screen locked" });
    await lock.getByText("The password of vera is the provider's").waitFor();
    expect(await lock.getByLabel(/^Password/).count()).toBe(0);
    await visitor.picture("provider-locked");
    expect(await visitor.barriers()).toEqual([]);
    await lock.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${server.issuer}/session/end**`);
    await page.getByRole("button", { name: /Yes/ }).click();
    await page.waitForURL(`${plant.url}/**`);
    await button.waitFor();
    expect(visitor.complaints.filter((each) => each.startsWith("policy") || each.includes("uncaught"))).toEqual([]);
    await visitor.close();
  });

  it("says in words, in both languages, why somebody is not in, and no word that was sent along", async () => {
    const visitor = await Visitor.open(browser, plant.url, { ...phone, locale: "it-IT" });
    server.accounts.set("s-otto", { name: "otto", groups: [] });
    server.next = "s-otto";
    await visitor.go();
    await visitor.page.getByRole("link", { name: "Accedi con Account aziendale" }).click();
    const alert = visitor.page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).toContain("nessun tuo gruppo ha un ruolo qui");
    await visitor.picture("provider-refused-phone");
    expect(await visitor.barriers()).toEqual([]);
    await visitor.go("#/signin?sso=<b>pay here</b>");
    await visitor.page.reload();
    await visitor.page.getByLabel(/^Nome/).waitFor();
    expect(await visitor.page.getByText("pay here").count()).toBe(0);
    await visitor.close();
  });
});
