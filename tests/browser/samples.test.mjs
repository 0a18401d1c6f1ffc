// Every page of the samples, as its reader meets it: from disk, without a network, at a desk and on a phone, on
// paper, and with scripts switched off.
import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { join } from "node:path";
import { analyze, folder, pages, root, url } from "./lib/casebook.mjs";
import { SCHEMES, WIDTHS, assertAccessible, assertNoSidewaysScroll, assertQuiet, open, screenshot, sheets } from "./lib/browser.mjs";

describe("the samples", async () => {
  const place = await folder();
  const { reports } = await analyze(place, [join(root, "samples"), "--output", "reports"], [0]);
  const names = await pages(reports);

  test("there is a page for each, and an index", () => {
    assert.ok(names.length >= 9 && names.includes("index.html"), names.join(" "));
  });

  for (const name of names) {
    const stem = name.replace(".html", "");

    test(`${name}: quiet, accessible, and not wider than the window`, async () => {
      const opened = await open(url(reports, name));
      const { page } = opened;
      for (const colorScheme of SCHEMES) {
        for (const [width, viewport] of Object.entries(WIDTHS)) {
          const what = `${name}, ${width}, ${colorScheme}`;
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize(viewport);
          await screenshot(page, `${stem}-${width}-${colorScheme}`);
          // What is folded has to be readable too.
          const fold = (open) => page.evaluate((open) => document.querySelectorAll("details").forEach((it) => { it.open = open; }), open);
          await assertNoSidewaysScroll(page, what);
          await fold(true);
          await assertNoSidewaysScroll(page, `${what}, unfolded`);
          await assertAccessible(page, what);
          await fold(false);
        }
      }
      await assertQuiet(opened);
      await opened.context.close();
    });

    test(`${name}: prints`, async () => {
      const { page, context } = await open(url(reports, name));
      const pdf = await page.pdf({ format: "A4", printBackground: true });
      const count = sheets(pdf);
      assert.ok(pdf.length > 10_000 && count >= 1 && count <= 30, `${pdf.length} bytes, ${count} sheets`);
      await context.close();
    });

    test(`${name}: is whole without scripts`, async () => {
      const dead = await open(url(reports, name), { javaScriptEnabled: false });
      const live = await open(url(reports, name));
      const headings = (page) => page.locator("h1, h2, h3").allInnerTexts();
      assert.ok((await headings(dead.page)).length > 1);
      // The script may add to the page. What it finds there stands there without it.
      const of = (page) => page.locator("main").evaluate((it) => it.innerText.replace(/\s+/g, " "));
      assert.ok((await of(dead.page)).length > 200);
      for (const heading of await headings(dead.page)) {
        assert.ok((await headings(live.page)).includes(heading), heading);
      }
      assert.deepEqual(dead.seen.problems, []);
      await dead.context.close();
      await live.context.close();
    });
  }

  test("a command can be copied", async () => {
    const name = "TICKET-20240315-07.html";
    const { page, context, seen } = await open(url(reports, name));
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const command = page.locator(".command:visible").first();
    const expect = await command.locator("pre code").textContent();
    assert.ok(expect.trim().length > 5, expect);
    await command.getByRole("button", { name: /^Copy/ }).click();
    const said = command.getByRole("status");
    await said.filter({ hasText: /Copied|Selected/ }).waitFor();
    const copied = /Copied/.test(await said.textContent())
      ? await page.evaluate(() => navigator.clipboard.readText())
      : await page.evaluate(() => getSelection().toString());
    assert.equal(copied.replaceAll("\r\n", "\n").trimEnd(), expect.trimEnd());
    assert.deepEqual(seen.problems, []);
    await context.close();
  });
});
