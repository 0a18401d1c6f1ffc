// The index over a run: sorting, filtering and searching, with ten thousand cases too.
import assert from "node:assert/strict";
import test, { before, describe } from "node:test";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { analyze, folder, line, memory, root, url, write } from "./lib/casebook.mjs";
import { WIDTHS, assertAccessible, assertNoSidewaysScroll, assertQuiet, open, painted, screenshot, sheets, stopwatch } from "./lib/browser.mjs";

/** The names of the cases that are shown, in their order. */
const shown = (page) => page.locator("#cases tbody th a").allTextContents();
const count = (page) => page.locator("search output").textContent();

describe("the index of the samples", async () => {
  const place = await folder();
  const { reports } = await analyze(place, [join(root, "samples"), "--output", "reports"], [0]);
  const index = url(reports, "index.html");
  const all = ["2402210050001873", "CS0518846", "HELP-33801", "INC0047129", "INC0051960", "REQ118207", "TICKET-20240315-07", "WKS-0442-baseline"];

  test("searches words, and verdicts as such", async () => {
    const { page, context } = await open(index);
    const search = page.getByRole("searchbox", { name: "Search" });
    assert.deepEqual(await shown(page), all);
    await search.fill("driver MISSING");
    assert.deepEqual(await shown(page), ["2402210050001873", "HELP-33801"]);
    assert.equal(await count(page), "2 of 8 cases");
    await search.fill("explained");
    assert.equal((await shown(page)).length, 6);
    await search.fill("unexplained");
    assert.deepEqual(await shown(page), ["REQ118207"]);
    await search.fill("nobody says this");
    assert.deepEqual(await shown(page), []);
    assert.equal(await count(page), "0 of 8 cases");
    await search.fill("");
    assert.deepEqual(await shown(page), all);
    await context.close();
  });

  test("filters by verdict, cause and code, and lets go of it again", async () => {
    const { page, context } = await open(index);
    await page.getByRole("button", { name: /^Unexplained/i }).click();
    assert.deepEqual(await shown(page), ["REQ118207"]);
    await page.getByRole("button", { name: /^Clean/i }).click();
    assert.deepEqual(await shown(page), ["REQ118207", "WKS-0442-baseline"]);
    await page.getByRole("button", { name: /^Remove the filter: unexplained/ }).click();
    assert.deepEqual(await shown(page), ["WKS-0442-baseline"]);
    await page.getByRole("button", { name: /^Remove the filter: clean/ }).click();
    const cause = page.getByRole("button", { name: "A file of the component store is missing", exact: true });
    await cause.click();
    assert.equal(await cause.getAttribute("aria-pressed"), "true");
    assert.deepEqual(await shown(page), ["INC0051960", "TICKET-20240315-07"]);
    await page.getByRole("button", { name: "A folder that the update expects does not exist", exact: true }).click();
    assert.deepEqual(await shown(page), ["INC0051960"]);
    assert.equal(await count(page), "1 of 8 cases");
    await context.close();
  });

  test("sorts by each column, in both directions and back", async () => {
    const { page, context } = await open(index);
    const head = page.getByRole("columnheader", { name: "Newest failure" });
    const newest = head.getByRole("button");
    await newest.click();
    assert.equal(await head.getAttribute("aria-sort"), "descending");
    // What has no time comes last in either direction.
    assert.deepEqual([(await shown(page))[0], (await shown(page)).at(-1)], ["HELP-33801", "WKS-0442-baseline"]);
    await newest.click();
    assert.equal(await head.getAttribute("aria-sort"), "ascending");
    assert.deepEqual([(await shown(page))[0], (await shown(page)).at(-1)], ["REQ118207", "WKS-0442-baseline"]);
    await newest.click();
    assert.equal(await head.getAttribute("aria-sort"), null);
    assert.deepEqual(await shown(page), all);
    for (const name of ["Case", "Verdict", "What was found", "Machine"]) {
      await page.getByRole("columnheader", { name }).getByRole("button").click();
      assert.equal((await shown(page)).length, all.length, name);
    }
    await page.getByRole("columnheader", { name: "Verdict" }).getByRole("button").click();
    assert.equal((await shown(page))[0], "REQ118207", "what asks for work comes first");
    await context.close();
  });

  test("a view is in its address", async () => {
    const { page, context } = await open(index);
    await page.getByRole("searchbox", { name: "Search" }).fill("component store");
    await page.getByRole("button", { name: /^Explained/i }).click();
    await page.getByRole("columnheader", { name: "Case" }).getByRole("button").click();
    await page.getByRole("columnheader", { name: "Case" }).getByRole("button").click();
    const [address, before] = [page.url(), await shown(page)];
    assert.deepEqual(before, ["TICKET-20240315-07", "INC0051960"]);
    const again = await open(address);
    assert.deepEqual(await shown(again.page), before);
    assert.equal(await again.page.getByRole("searchbox").inputValue(), "component store");
    await assertQuiet(again);
    // Another view in the same window; an address that means nothing; an anchor of the page.
    await again.page.goto(`${index}#verdict=clean`);
    await again.page.locator("output", { hasText: "1 of 8" }).waitFor();
    assert.deepEqual(await shown(again.page), ["WKS-0442-baseline"]);
    await again.page.goto(`${index}#causes`);
    assert.deepEqual(await shown(again.page), ["WKS-0442-baseline"]);
    await again.page.goto(`${index}#verdict=%3Cscript%3E&only=nothing&sort=-nothing&q=%E0%A4%A`);
    await again.page.locator("output", { hasText: "0 of 8" }).waitFor();
    await assertQuiet({ ...again, url: again.seen.requests[0] });
    await again.context.close();
    await context.close();
  });

  test("the keyboard reaches everything", async () => {
    const { page, context } = await open(index);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the cases");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    assert.equal((await shown(page)).length, 6, "the first verdict is chosen");
    const seen = [];
    for (let at = 0; at < 60; at += 1) {
      await page.keyboard.press("Tab");
      seen.push(await page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.id));
    }
    for (const name of ["filter", "Case", "Newest failure", "CS0518846", "0x800706be"]) {
      assert.ok(seen.some((it) => it === name), `${name} in ${seen.join(", ")}`);
    }
    await context.close();
  });

  test("without scripts every row and list is there", async () => {
    const { page, context } = await open(index, { javaScriptEnabled: false });
    assert.deepEqual(await shown(page), all);
    assert.equal(await page.locator("button, input").count(), 0);
    assert.equal(await page.locator("svg.bar").count() > 5, true);
    await context.close();
  });
});

/** An inbox of ten thousand cases: four kinds of machines, and archives that cannot be read. */
const inbox = () => {
  const CASES = 10_000;
  const codes = ["0x800f0831", "0x80070005", "0x800f0922", "0x80073712", "0x80070643", "0x800706be", "0x80070490"];
  const files = { "casebook.toml": 'outputs = ["json"]\n' };
  for (let at = 0; at < CASES; at += 1) {
    const two = (number) => String(number).padStart(2, "0");
    const time = `2024-${two(1 + at % 12)}-${two(1 + at % 28)} ${two(at % 24)}:${two(at % 60)}:07`;
    const log = [
      [line("Info", "CBS", `Failed to find file: amd64_microsoft-windows-part${at % 40}_31bf3856ad364e35_10.0.14393.${at % 7}_none_0f9ad1b2c3d4e5f6\\gdi32full.dll [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]`, time)],
      [line("Info", "CBS", `Exec: Processing complete.  Session: 31_${at}, Package: Package_for_KB50${10000 + at % 90}~31bf3856ad364e35~amd64~~14393.4889.1.2, Identifier: x [HRESULT = ${codes[at % 7]}]`, time),
        line("Error", "CBS", `Failed to weigh feather number ${at % 90} [HRESULT = ${codes[at % 7]}]`, time)],
      [line("Info", "CBS", `INSTALL index: 55, phase: 2, result 2, inf: acme${at % 60}.inf`, time), line("Info", "CBS", "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]", time)],
      [],
    ][at % 4];
    files[`inbox/INC${String(at).padStart(7, "0")}/CBS.log`] = log.concat(line("Info", "CBS", "Ending TrustedInstaller finalization.", time)).join("");
  }
  for (let at = 0; at < CASES; at += 250) {
    delete files[`inbox/INC${String(at).padStart(7, "0")}/CBS.log`];
    files[`inbox/INC${String(at).padStart(7, "0")}.zip`] = "PK\x03\x04 cut off";
  }
  return files;
};

describe("ten thousand cases", () => {
  let most, file, index;
  before(async () => {
    const place = await folder();
    await write(place, inbox());
    most = await memory(place, ["inbox", "--quiet"]);
    file = join(place, "reports/index.html");
    index = url(file);
  });

  test("take few megabytes of memory and file", async () => {
    const { size } = await stat(file);
    assert.ok(size < 6e6, `${size} bytes`);
    assert.ok(most === undefined || most < 250e6, `${most} bytes of memory`);
    console.log(`index.html: ${size} bytes; most memory of the run: ${most}`);
  });

  test("open, and are filtered and sorted at once", async () => {
    const opened = await open("about:blank");
    const { page, context } = opened;
    const worked = await stopwatch(page);
    const before = await worked();
    await page.goto(index);
    await painted(page);
    const opening = await worked() - before;
    assert.equal(await count(page), "10,000 cases");
    assert.equal((await shown(page)).length, 50);
    assert.match((await shown(page))[0], /^INC0000000$/, "unreadable ones first");
    const cost = async (act, given) => {
      const before = await worked();
      await page.evaluate(act, given);
      await painted(page);
      return await worked() - before;
    };
    const search = (text) => {
      const input = document.querySelector("#filter");
      input.value = text;
      input.dispatchEvent(new Event("input"));
    };
    const press = (selector) => document.querySelector(selector).click();
    const costs = {
      "one letter": await cost(search, "a"),
      "words": await cost(search, "missing driver"),
      "a verdict": await cost(search, "unexplained"),
      "nothing left": await cost(search, "nobody says this"),
      "everything again": await cost(search, ""),
      "a line of a list": await cost(press, ".lines button"),
      "a verdict's button": await cost(press, ".counts button"),
    };
    const sorted = await cost(press, "thead button");
    console.log(`10,000 cases, ms of the page's thread: ${JSON.stringify({ opening, ...costs, sorted })}`);
    for (const [name, cost] of Object.entries(costs)) assert.ok(cost < 100, `${name}: ${cost} ms`);
    assert.ok(opening < 2000, `opened in ${opening} ms`);
    assert.ok(sorted < 300, `sorted in ${sorted} ms`);
    await page.goto(`${index}#q=KB5010011`);
    await page.locator("output", { hasText: "of 10,000" }).waitFor();
    assert.ok((await shown(page)).length > 20);
    assert.deepEqual(opened.seen.problems, []);
    await context.close();
  });

  test("come in pages, by the keyboard too", async () => {
    const { page, context } = await open(index);
    await page.getByRole("button", { name: "Show 50 more" }).press("Enter");
    const names = await shown(page);
    assert.equal(names.length, 100);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), names[50]);
    await page.getByRole("button", { name: "Show all 10,000" }).click();
    assert.equal(await page.locator("#cases tbody tr").count(), 10_000);
    assert.equal(await page.locator(".further").isVisible(), false);
    await context.close();
  });

  test("paper gets all that is chosen", async () => {
    const { page, context } = await open(`${index}#q=KB5010011`);
    const found = Number((await count(page)).split(" ")[0].replace(",", ""));
    assert.ok(found > 20 && found < 200, String(found));
    const few = sheets(await page.pdf({ format: "A4" }));
    await page.goto(`${index}#verdict=clean`);
    await page.locator("output", { hasText: "of 10,000" }).waitFor();
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    assert.ok(await page.locator("#cases tbody tr").count() > 2000);
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    assert.equal(await page.locator("#cases tbody tr").count(), 50);
    assert.ok(few >= 2 && few < 40, `${few} sheets`);
    await context.close();
  });

  for (const [width, viewport] of Object.entries(WIDTHS)) {
    for (const colorScheme of ["light", "dark"]) {
      test(`look as they should: ${width}, ${colorScheme}`, async () => {
        const { page, context } = await open(index, { viewport, colorScheme });
        await assertNoSidewaysScroll(page, width);
        await page.locator(".lines button").first().click();
        await assertAccessible(page, width);
        await screenshot(page, `ten-thousand-${width}-${colorScheme}`);
        await context.close();
      });
    }
  }
});
