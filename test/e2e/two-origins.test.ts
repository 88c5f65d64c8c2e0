import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, openBrowser, Visitor } from "../rig/browser.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/**
 * S4: a page of another origin, open in the browser of somebody who is signed in, gets nothing and does
 * nothing: no socket, no form, no fetch, no frame. `localhost` and `127.0.0.1` are two sites; another port
 * of the gateway's own host is the same site, so that SameSite does not help there and the origin must.
 */
let plant: Plant;
let browser: Browser;
let visitor: Visitor;
let other: Server;
let port = 0;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  plant = await startPlant({ people: { olga: "operator" } });
  other = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>evil</title><body>");
  });
  await new Promise<void>((resolve) => other.listen(0, resolve));
  ({ port } = other.address() as AddressInfo);
  visitor = await Visitor.open(browser, plant.url);
  await visitor.go();
  await visitor.signIn("olga", password);
  await visitor.page.getByRole("heading").first().waitFor();
});
afterAll(async () => {
  await visitor?.close();
  await browser?.close();
  await plant?.close();
  await new Promise((resolve) => (other ? other.close(resolve) : resolve(undefined)));
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});

const foreign = [
  ["another site", () => `http://localhost:${port}`],
  ["another port of the same host", () => `http://127.0.0.1:${port}`],
] as const;

/** What a page does in the browser: run there, in the words of that page. */
async function inPage<Result>(url: string, script: string): Promise<Result> {
  const page = await visitor.context.newPage();
  try {
    await page.goto(url);
    return (await page.evaluate(script)) as Result;
  } finally {
    await page.close();
  }
}

const socketOpens = (to: string) => `new Promise((resolve) => {
  const socket = new WebSocket("${to.replace("http", "ws")}/api/v1/live", "plancia.v1");
  socket.onopen = () => resolve("open");
  socket.onerror = () => resolve("refused");
})`;

const fetches = (to: string, path: string, options: string) => `fetch("${to}${path}", ${options})
  .then(async (answer) => answer.type + " " + answer.status + " " + (await answer.text()))
  .catch(() => "blocked")`;

const audit = async () => {
  const ended = await plant.plancia(["audit", "verify", "--json"]);
  return (JSON.parse(ended.stdout) as { entries: number }).entries;
};

describe("our own page (the control case)", () => {
  it("opens the socket and renews by its cookie", async () => {
    expect(await inPage(plant.url, socketOpens(plant.url))).toBe("open");
    const renewed = await inPage<string>(plant.url, fetches(plant.url, "/api/v1/auth/refresh", '{ method: "POST" }'));
    expect(renewed).toMatch(/^basic 200 .*accessToken/);
  });
});

describe.each(foreign)("a page of %s (S4)", (_what, origin) => {
  it("opens no socket", async () => {
    expect(await inPage(origin(), socketOpens(plant.url))).toBe("refused");
  });

  it("gets no token with the person's cookie, whatever it tries", async () => {
    const before = await audit();
    for (const options of [
      '{ method: "POST", credentials: "include" }',
      '{ method: "POST", credentials: "include", mode: "no-cors" }',
      '{ method: "POST", credentials: "include", mode: "no-cors", headers: { "content-type": "text/plain" }, body: "{}" }',
    ]) {
      const answer = await inPage<string>(origin(), fetches(plant.url, "/api/v1/auth/refresh", options));
      expect(answer).not.toContain("accessToken");
      const out = await inPage<string>(origin(), fetches(plant.url, "/api/v1/auth/logout", options));
      expect(out).not.toMatch(/^(basic|cors) 20/);
    }
    for (const path of ["/api/v1/equipment", "/api/v1/auth/me"])
      expect(await inPage(origin(), fetches(plant.url, path, '{ credentials: "include" }'))).toBe("blocked");
    expect(await audit()).toBe(before);
  });

  it("sends no form that is taken", async () => {
    const before = await audit();
    for (const path of ["/api/v1/auth/logout", "/api/v1/auth/refresh", "/api/v1/stop", "/api/v1/commands"]) {
      const page = await visitor.context.newPage();
      await page.goto(origin());
      await page.evaluate(`{
        const form = document.createElement("form");
        form.method = "post"; form.action = "${plant.url}${path}"; form.enctype = "text/plain";
        form.innerHTML = '<input name=\\'{"target":"furnace/setpoint","value":999,"x":"\\' value=\\'"}\\'>';
        document.body.append(form);
      }`);
      const [answer] = await Promise.all([page.waitForNavigation(), page.evaluate("document.forms[0].submit()")]);
      expect(answer?.status(), path).toBeGreaterThanOrEqual(401);
      expect(answer?.status(), path).toBeLessThan(416);
      await page.close();
    }
    expect(await audit()).toBe(before);
  });

  it("shows no page of ours in a frame", async () => {
    const shown = await inPage<string>(
      origin(),
      `new Promise((resolve) => {
        const frame = document.createElement("iframe");
        frame.onload = () => { try { resolve(frame.contentDocument ? "same" : "closed"); } catch { resolve("closed"); } };
        frame.src = "${plant.url}/";
        document.body.append(frame);
        setTimeout(() => resolve("nothing"), 3000);
      })`,
    );
    expect(shown).not.toBe("same");
    const page = await visitor.context.newPage();
    await page.goto(origin());
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    await page.evaluate(`document.body.innerHTML = '<iframe src="${plant.url}/"></iframe>'`);
    await expect.poll(() => complaints.join("\n"), { timeout: 5000 }).toMatch(/frame/i);
    await page.close();
  });
});

it("is still signed in after all of that", async () => {
  const renewed = await inPage<string>(plant.url, fetches(plant.url, "/api/v1/auth/refresh", '{ method: "POST" }'));
  expect(renewed).toMatch(/^basic 200/);
});
