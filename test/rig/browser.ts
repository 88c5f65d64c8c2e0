import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { root } from "./node-process.ts";

const executable = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
/** Why the tests of a browser cannot run here; undefined: they can. */
export const browserMissing = executable === undefined ? "Chromium is missing: apt-get install chromium" : undefined;

const pictures = join(root, "test", ".out", "screens");
/** What a first visit must say on the console: nobody is signed in yet, and only the gateway knows. */
const firstVisit = /auth\/refresh.*401|401.*auth\/refresh/;

/** The launcher's own step: plain JavaScript without types. */
async function ensureDashboard(): Promise<void> {
  const launcher = pathToFileURL(join(root, "gateway", "launch", "dashboard.mjs")).href;
  ((await import(launcher)) as { ensureDashboard(): void }).ensureDashboard();
}

// A picture must not wait for a font that a dead connection never brings.
process.env["PW_TEST_SCREENSHOT_NO_FONTS_READY"] = "1";

/** One Chromium, on the dashboard as it is built from the present sources; before any gateway, which serves what is there at its start. */
export async function openBrowser(): Promise<Browser> {
  await ensureDashboard();
  mkdirSync(pictures, { recursive: true });
  return chromium.launch({
    ...(executable === undefined ? {} : { executablePath: executable }),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

export const desk = { viewport: { width: 1440, height: 900 }, locale: "en-GB" } as const;
export const phone = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
  locale: "en-GB",
} as const;

const reportBreaches = `document.addEventListener("securitypolicyviolation", (event) =>
  console.error("policy: " + event.violatedDirective + " " + event.blockedURI));`;

/** The pages of the present test, open or closed by it, so that a failure can tell what a person would have seen. */
const shown: Visitor[] = [];

/** Where each visitor was, and the words on that page; then they are forgotten. */
export async function whatWasShown(): Promise<readonly string[]> {
  const words: string[] = [];
  for (const visitor of shown) words.push(await visitor.words());
  for (let at = shown.length - 1; at >= 0; at -= 1) if (shown[at]?.page.isClosed()) shown.splice(at, 1);
  return words;
}

/** One visitor with cookies and storage of its own, and everything that the page complained about. */
export class Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors, errors nobody caught and breaches of the content security policy. */
  readonly complaints: string[] = [];
  readonly #url: string;
  #lastWords = "nothing was shown";

  private constructor(context: BrowserContext, page: Page, url: string) {
    this.context = context;
    this.page = page;
    this.#url = url;
    page.on("pageerror", (error) => this.complaints.push(`uncaught: ${error.message}`));
    page.on("console", (message) => {
      const text = `${message.text()} (${message.location().url})`;
      if (message.type() === "error" && !firstVisit.test(text)) this.complaints.push(text);
    });
  }

  static async open(browser: Browser, url: string, options: BrowserContextOptions = desk): Promise<Visitor> {
    const context = await browser.newContext({ timezoneId: "Europe/Rome", ...options });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    await page.addInitScript({ content: reportBreaches });
    const visitor = new Visitor(context, page, url);
    shown.push(visitor);
    return visitor;
  }

  async go(hash = ""): Promise<void> {
    await this.page.goto(`${this.#url}/${hash}`);
  }

  /** By the words of the English or the Italian page. */
  async signIn(name: string, password: string): Promise<void> {
    const { page } = this;
    await page.getByLabel(/^(Name|Nome)/).fill(name);
    await page.getByLabel(/^Password/).fill(password);
    await page.getByRole("button", { name: /^(Sign in|Accedi)/ }).click();
  }

  /** Into `test/.out/screens`, for people to look at. */
  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: join(pictures, `${name}.png`), animations: "disabled" });
  }

  /** What axe finds wrong, as one line each. */
  async barriers(): Promise<readonly string[]> {
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 160)}`),
    );
  }

  /** Address, complaints and the words of the page, shortened; of a closed one as they were at its end. */
  async words(): Promise<string> {
    const text = await this.page
      .locator("body")
      .innerText({ timeout: 5_000 })
      .catch(() => undefined);
    if (text !== undefined) {
      const lines = text.split(/\s*\n\s*/).join(" | ");
      this.#lastWords = `${this.page.url()}: ${lines.slice(0, 2_000)}${this.complaints.map((one) => `\n  ${one}`).join("")}`;
    }
    return this.#lastWords;
  }

  async close(): Promise<void> {
    if (!this.page.isClosed()) await this.words();
    await this.context.close();
  }
}
