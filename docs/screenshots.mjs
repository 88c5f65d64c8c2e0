// `npm run screenshots`: runs the demo plant, uses it for a while, and takes the pictures of README and guides
// into docs/pictures. Needs Chromium and the demo's ports; pages that this version lacks are left out and named.
import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { ensureDashboard } from "../gateway/launch/dashboard.mjs";
import { tightened } from "./tightened.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const pictures = join(root, "docs", "pictures");
const largestBytes = 150 * 1024;
const password = `${randomUUID()}-for-pictures`;
/** So long the plant runs before the trends are taken. */
const historyMs = Number(process.env.PLANCIA_PICTURES_AFTER_S ?? 90) * 1000;

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (executablePath === undefined) throw new Error("Chromium is missing: apt-get install chromium");

const desk = { viewport: { width: 1360, height: 780 } };
const panel = { viewport: { width: 1024, height: 768 } };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** name, page, what must be seen before the picture (a role or a text), layout, person. */
const shots = [
  { name: "overview", hash: "#/", sees: /Filling line 1|Linea di riempimento 1/, late: true },
  { name: "machine", hash: "#/machines/furnace", sees: /live, |in diretta, /, late: true },
  { name: "trends", hash: "#/trends?tags=furnace/temperature,furnace/setpoint,line1/speed&span=2m", late: true },
  { name: "bookings", hash: "#/bookings", sees: /Milling machine|Fresatrice/ },
  { name: "log", hash: "#/log", sees: /ada/, late: true },
  { name: "devices", hash: "#/devices", sees: /Furnace controller|Controllore del forno/ },
  { name: "storage", hash: "#/system/storage", sees: /History on disk|Storico su disco/, late: true },
  { name: "phone-machine", hash: "#/machines/furnace", layout: phone },
];

async function main() {
  ensureDashboard();
  mkdirSync(pictures, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "plancia-pictures-"));
  const demo = await startDemo(join(folder, "data"));
  let browser;
  try {
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--no-first-run"] });
    await prepare(browser, demo);
    await signInPictures(browser, demo);
    for (const language of ["en", "it"]) await picturesIn(browser, demo, language, false);
    await command(browser, demo);
    await stopLine(demo);
    for (const language of ["en", "it"]) await control(browser, demo, language);
    await kiosk(browser, demo, join(folder, "data"));
    const wait = demo.since + historyMs - Date.now();
    if (wait > 0) await pause(wait);
    for (const language of ["en", "it"]) await picturesIn(browser, demo, language, true);
  } finally {
    await browser?.close();
    await demo.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const large = taken.filter((file) => statSync(file).size > largestBytes);
  for (const file of large) say(`${file}: over ${largestBytes / 1024} KiB`);
  if (taken.length === 0 || large.length > 0) process.exitCode = 1;
}

async function startDemo(data) {
  // It ends with this script, however that happens.
  const preload = pathToFileURL(join(root, "gateway", "launch", "end-with-parent.mjs")).href;
  const args = ["--import", preload, "gateway/main.ts", "demo", "--data", data, "--listen", "127.0.0.1:0"];
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...process.env, PLANCIA_LOG_LEVEL: "error" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const until = Date.now() + 60_000;
  let link;
  while (!link) {
    link = /http:\S+#\S+secret=\S+/.exec(output)?.[0];
    if (child.exitCode !== null || Date.now() > until) {
      child.kill("SIGKILL");
      throw new Error(`the demo did not start:\n${output}`);
    }
    await pause(50);
  }
  async function stop() {
    child.kill("SIGTERM");
    const hard = setTimeout(() => child.kill("SIGKILL"), 15_000);
    await ended;
    clearTimeout(hard);
  }
  return { url: new URL(link).origin, link, since: Date.now(), stop };
}

/** The first administrator by the link, then an operator, a guest and two bookings by the API. */
async function prepare(browser, demo) {
  const { page, context } = await visitor(browser, "en", desk);
  await page.goto(demo.link);
  await page.getByLabel("Name").fill("ada");
  await page.getByLabel(/^Password(?! again)/).fill(password);
  await page.getByLabel("Password again").fill(password);
  await page.getByRole("button", { name: "Create administrator" }).click();
  await page.getByRole("button", { name: "Set up later" }).click();
  await page.getByRole("heading", { name: "Heat-treatment furnace" }).waitFor();
  await context.close();
  const token = (await call(demo, "POST", "/auth/login", undefined, { username: "ada", password })).accessToken;
  const add = (name, role) =>
    call(demo, "POST", "/users", token, { name, password, role, equipment: role === "guest" ? [] : ["*"] });
  try {
    await add("marco", "operator");
    await add("lucia", "supervisor");
    const guest = await add("officine-rossi", "guest");
    const hour = Math.ceil(Date.now() / 3_600_000) * 3_600_000;
    const book = (from, to, title) =>
      call(demo, "POST", "/bookings", token, {
        equipment: "mill",
        userId: guest.id,
        start: new Date(hour + from * 3_600_000).toISOString(),
        end: new Date(hour + to * 3_600_000).toISOString(),
        title,
      });
    await book(1, 4, "Prototype housings");
    await book(27, 33, "Second set-up");
    await book(76, 80, "Small series");
    for (const name of ["ada", "marco", "lucia"]) await readNotice(demo, name);
  } catch (error) {
    say(`people and bookings are left out: ${error.message}`);
  }
}

/** What is to be read once has been read: the pictures show a working day. */
async function readNotice(demo, username) {
  const token = (await call(demo, "POST", "/auth/login", undefined, { username, password })).accessToken;
  const { version } = await call(demo, "GET", "/auth/notice", token);
  await call(demo, "POST", "/auth/notice", token, { version });
}

async function call(demo, method, path, token, body) {
  const answer = await fetch(`${demo.url}/api/v1${path}`, {
    method,
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
  return text === "" ? undefined : JSON.parse(text);
}

async function visitor(browser, language, layout) {
  const context = await browser.newContext({
    timezoneId: "Europe/Rome",
    locale: language === "it" ? "it-IT" : "en-GB",
    colorScheme: "light",
    ...layout,
  });
  context.setDefaultTimeout(15_000);
  return { context, page: await context.newPage() };
}

async function enter(page, demo, language, name = "ada") {
  await page.goto(demo.url);
  await page.getByLabel(/^(Name|Nome)/).waitFor();
  await page.getByRole("button", { name: language.toUpperCase(), exact: true }).click();
  await page.getByLabel(/^(Name|Nome)/).fill(name);
  await page.getByLabel(/^Password/).fill(password);
  await page.getByRole("button", { name: /^(Sign in|Accedi)/ }).click();
  await page.getByText(/Heat-treatment furnace|Forno di trattamento/).first().waitFor();
}

async function signInPictures(browser, demo) {
  for (const language of ["en", "it"]) {
    const { page, context } = await visitor(browser, language, desk);
    await page.goto(demo.url);
    await page.getByLabel(/^(Name|Nome)/).waitFor();
    await page.getByRole("button", { name: language.toUpperCase(), exact: true }).click();
    await take(page, named("sign-in", language));
    await context.close();
  }
}

async function picturesIn(browser, demo, language, late) {
  for (const layout of [desk, phone]) {
    const wanted = shots.filter((shot) => (shot.layout ?? desk) === layout && (shot.late ?? false) === late);
    if (wanted.length === 0) continue;
    const { page, context } = await visitor(browser, language, layout);
    await enter(page, demo, language);
    for (const shot of wanted) await shoot(page, shot, language);
    await context.close();
  }
}

async function shoot(page, { name, hash, sees }, language) {
  try {
    await page.evaluate((to) => {
      location.hash = to;
    }, hash);
    if (sees) await page.getByText(sees).first().waitFor();
    // Numbers, sparklines and fonts settle; nothing on the page says when.
    await pause(2500);
    if (await page.getByText(/^(Nothing here|Qui non c'è niente)/).count()) throw new Error("this version has no such page");
    await take(page, named(name, language));
  } catch (error) {
    say(`${named(name, language)}: left out (${error.message.split("\n")[0]})`);
  }
}

/** A set-point from the confirmation to VERIFIED, in both languages. */
async function command(browser, demo) {
  for (const [language, wanted] of [
    ["en", 880],
    ["it", 860],
  ]) {
    const { page, context } = await visitor(browser, language, desk);
    try {
      await enter(page, demo, language);
      await page.evaluate(() => {
        location.hash = "#/machines/furnace";
      });
      const row = page.getByRole("row", { name: /^(Temperature set-point|Setpoint temperatura)/ }).first();
      await row.getByRole("textbox").fill(String(wanted));
      await row.getByRole("button", { name: /^(Set…|Imposta…)/ }).click();
      await page.getByRole("dialog").waitFor();
      await pause(500);
      await take(page, named("confirm", language));
      await page.getByRole("dialog").getByRole("button", { name: /^(Confirm|Conferma)/ }).click();
      await row.getByText(/^(Verified|Verificat)/).first().waitFor();
      await take(page, named("verified", language));
    } catch (error) {
      say(`command in ${language}: left out (${error.message.split("\n")[0]})`);
    }
    await context.close();
  }
}

/** A recipe is loaded while nothing runs. */
async function stopLine(demo) {
  const { accessToken } = await call(demo, "POST", "/auth/login", undefined, { username: "ada", password });
  await call(demo, "POST", "/equipment/line1/stop", accessToken, { wait: 15_000 });
}

/** Control of the filling line: why it does not start, asked for, handed over with a note; a second person; two machines. */
async function control(browser, demo, language) {
  const words = {
    en: {
      take: "Take control",
      request: "Request control",
      give: "Hand over",
      release: "Release control",
      asks: /lucia asks for control/,
      note: "Hand-over note",
      recipe: "Load recipe",
      field: "Recipe",
      why: "Why, for whoever approves",
      ask: "Ask for approval",
      waits: "Waits for a second person",
      review: /^Review/,
      said: "Tank 2 is being refilled, ready at half past",
      reason: "Order 4418 runs with this recipe",
    },
    it: {
      take: "Prendi il comando",
      request: "Chiedi il comando",
      give: "Cedi",
      release: "Lascia il comando",
      asks: /lucia chiede il comando/,
      note: "Nota di consegna",
      recipe: "Carica ricetta",
      field: "Ricetta",
      why: "Perché, per chi approva",
      ask: "Chiedi l'approvazione",
      waits: "Attende una seconda persona",
      review: /^Esamina/,
      said: "Si riempie il serbatoio 2, pronto alla mezza",
      reason: "L'ordine 4418 usa questa ricetta",
    },
  }[language];
  const button = (page, name) => page.getByRole("button", { name, exact: typeof name === "string" }).first();
  const go = (page, hash) =>
    page.evaluate((to) => {
      location.hash = to;
    }, hash);
  const wide = { viewport: { width: 1440, height: 760 } };
  const [marco, lucia] = [await visitor(browser, language, desk), await visitor(browser, language, wide)];
  try {
    await enter(marco.page, demo, language, "marco");
    await enter(lucia.page, demo, language, "lucia");
    for (const { page } of [marco, lucia]) await go(page, "#/machines/line1");
    await button(marco.page, words.take).waitFor();
    await pause(2500);
    await take(marco.page, named("why", language));
    await button(marco.page, words.take).click();
    await button(lucia.page, words.request).click();
    await marco.page.getByText(words.asks).first().waitFor();
    await pause(1000);
    await take(marco.page, named("control", language));
    await button(marco.page, words.give).click();
    const dialog = marco.page.getByRole("dialog");
    await dialog.getByRole("textbox").fill(words.said);
    await dialog.getByRole("button").last().click();
    await lucia.page.getByText(words.said).waitFor();
    await pause(1000);
    await take(lucia.page.getByRole("region", { name: words.note }), named("hand-over", language));
    await go(lucia.page, "#/machines/line1/furnace");
    await pause(3000);
    await take(lucia.page, named("pair", language));
    await go(lucia.page, "#/machines/line1/commissioning");
    await pause(2500);
    await take(lucia.page, named("commissioning", language));
    await go(lucia.page, "#/machines/line1");
    await approval(browser, demo, language, { asker: lucia.page, words, button });
    await button(lucia.page, words.release).click();
    await lucia.page.getByRole("dialog").getByRole("button").last().click();
    await button(marco.page, words.take).waitFor();
  } catch (error) {
    say(`control in ${language}: left out (${error.message.split("\n")[0]})`);
  }
  await marco.context.close();
  await lucia.context.close();
}

/** What one asks for, on the phone of another. */
async function approval(browser, demo, language, { asker, words, button }) {
  await button(asker, words.recipe).click();
  const dialog = asker.getByRole("dialog");
  await dialog.getByLabel(words.field, { exact: true }).fill("5");
  await dialog.getByLabel(words.why).fill(words.reason);
  await dialog.getByRole("button", { name: words.ask }).click();
  await dialog.getByText(words.waits).waitFor();
  const { page, context } = await visitor(browser, language, phone);
  await enter(page, demo, language);
  await page.getByRole("link", { name: words.review }).first().click();
  await page.getByText(words.reason).waitFor();
  await pause(1500);
  await take(page, named("approval", language));
  await context.close();
  await asker.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}

/** The kiosk of the furnace, somebody with a PIN beside it. */
async function kiosk(browser, demo, data) {
  try {
    plancia(["user", "pin", "marco", "--pin-stdin", "--data", data], "482915\n");
    const printed = plancia(["kiosk", "add", "furnace", "--name", "Furnace panel", "--url", demo.url, "--data", data]);
    const link = /http\S+secret=\S+/.exec(printed)?.[0];
    const { page, context } = await visitor(browser, "en", panel);
    await page.goto(link);
    await page.getByRole("button", { name: "Enrol this device" }).click();
    for (const language of ["en", "it"]) {
      await page.getByRole("button", { name: language.toUpperCase(), exact: true }).click();
      await pause(2500);
      await take(page, named("kiosk", language));
    }
    await context.close();
  } catch (error) {
    say(`kiosk: left out (${error.message.split("\n")[0]})`);
  }
}

function plancia(args, input = "") {
  const ended = spawnSync(process.execPath, ["gateway/main.ts", ...args], { cwd: root, input, encoding: "utf8" });
  if (ended.status !== 0) throw new Error(ended.stderr);
  return ended.stdout;
}

function named(name, language) {
  return language === "en" ? name : `${name}-${language}`;
}

const taken = [];
async function take(page, name) {
  const path = join(pictures, `${name}.png`);
  writeFileSync(path, tightened(await page.screenshot({ animations: "disabled" })));
  taken.push(path);
  say(`${name}.png  ${Math.ceil(statSync(path).size / 1024)} KiB`);
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

await main();
