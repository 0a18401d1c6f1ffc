// A browser that is offline, and that remembers all that a page should not do.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before } from "node:test";
import axe from "axe-core";
import { chromium } from "playwright-core";
import { clear, root } from "./casebook.mjs";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

export const WIDTHS = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } };
export const SCHEMES = ["light", "dark"];

/** What is kept of a run of the tests. */
export const artifacts = join(root, "target/browser");

// One browser for a file of tests. It has a profile of its own in a folder that it takes away.
let browser;
before(async () => {
  await mkdir(artifacts, { recursive: true });
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath, headless: true, args: FLAGS, timeout: 120_000 });
});
after(async () => {
  await browser?.close();
  await clear();
});

/** Opens a page in a context of its own and watches it. */
export const open = async (url, options = {}) => {
  const context = await browser.newContext({ viewport: WIDTHS.desktop, offline: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  const seen = { requests: [], problems: [], dialogs: [] };
  page.on("request", (it) => seen.requests.push(it.url()));
  page.on("console", (it) => { if (["error", "warning"].includes(it.type())) seen.problems.push(it.text()); });
  page.on("pageerror", (it) => seen.problems.push(it.message));
  page.on("dialog", (it) => { seen.dialogs.push(it.message()); it.dismiss(); });
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (it) => window.violations.push(`${it.violatedDirective} ${it.blockedURI}`));
  });
  await page.goto(url);
  return { page, context, seen, url };
};

/** The page has asked for nothing but itself, and has broken no rule of its own. */
export const assertQuiet = async ({ page, seen, url }) => {
  const violations = await page.evaluate(() => window.violations ?? []);
  assert.deepEqual({ ...seen, violations }, { requests: [url.split("#")[0]], problems: [], dialogs: [], violations: [] });
};

/** What axe has against the page. */
export const assertAccessible = async (page, name) => {
  // Through the debugger: the page's own policy would not let it in.
  if (!await page.evaluate(() => "axe" in window)) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map((it) => `${it.id}: ${it.help}: ${it.nodes.slice(0, 5).map((node) => node.html).join(" | ")}`);
  assert.deepEqual(told, [], name);
};

/** Nothing reaches beyond the right edge. */
export const assertNoSidewaysScroll = async (page, name) => {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${name}: ${content} px of content in ${window} px`);
};

/**
 * A clock of what the page has worked, in milliseconds of its thread: parsing, scripts, style, layout, paint. Other
 * work on the machine does not count.
 */
export const stopwatch = async (page) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1000 * metrics.find((it) => it.name === "TaskDuration").value;
  };
};

/** Until what was changed is on the screen. */
export const painted = (page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));

export const screenshot = (page, name) => page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: true });

/** How many sheets a PDF has. */
export const sheets = (pdf) => pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;
