// Text of strangers in every place that a bundle has for it. None of it may run, load, leave the page or hide.
import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { join } from "node:path";
import { analyze, folder, line, pages, url, write, zip } from "./lib/casebook.mjs";
import { WIDTHS, assertNoSidewaysScroll, assertQuiet, open } from "./lib/browser.mjs";

// Each sets `window.ran`, asks the network or turns the text around, if a place lets it.
const HARM = [
  `<script>window.ran=1</script>`,
  `</style></script><script>window.ran=2</script>`,
  `"><img src=x onerror="window.ran=3">`,
  `' onmouseover='window.ran=4' autofocus onfocus='window.ran=5' x='`,
  `<svg onload=window.ran=6><a xlink:href="javascript:window.ran=7">x</a></svg>`,
  `javascript:window.ran=8//`,
  `{{{style}}} {{#each cases}}{{name}}{{/each}} {{lookup this "constructor"}} \${window.ran=9}`,
  `<iframe srcdoc="<script>parent.ran=10</script>"></iframe><base href="http://example.invalid/">`,
  `<meta http-equiv="refresh" content="0;url=http://example.invalid/"><link rel=stylesheet href="http://example.invalid/x.css">`,
  `<!--><details open ontoggle=window.ran=11><style>@import "http://example.invalid/y.css";</style>`,
  `\u202Egnp.exe\u202C \u2066hidden\u2069 \u200B\u0007\u001B]8;;http://example.invalid/\u0007`,
];
const ALL = HARM.join(" ");

const registry = (values) => `Windows Registry Editor Version 5.00\r\n\r\n${values}`;
const quoted = (text) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replace(/[\u0000-\u001f]/g, "")}"`;

/** A bundle that says `harm` wherever it can. */
const bundle = (harm) => ({
  // A log line, a captured value, a component's name, a package.
  "CBS.log": [
    line("Info", "CBS", `INSTALL index: 55, phase: 2, result 2, inf: ${harm}.inf`),
    line("Info", "CBS", "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]"),
    line("Info", "CBS", `Failed to find file: amd64_${harm.replaceAll(" ", "")}_31bf3856ad364e35_10.0.1.2_none_0f9ad1b2c3d4e5f6\\${harm} [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]`),
    line("Error", "CBS", `Failed to begin ${harm} [HRESULT = 0x800706be - ${harm}]`),
    line("Info", "CBS", `Exec: Processing complete.  Session: 31_7, Package: ${harm.replaceAll(" ", "")}, Identifier: ${harm} [HRESULT = 0x800706be]`),
  ].join(""),
  // The machine's name and a service's values.
  "system.reg": registry(`[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\ComputerName\\ComputerName]\r\n"ComputerName"=${quoted(harm)}\r\n\r\n`
    + `[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\${harm.replace(/[\\\u0000-\u001f]/g, "")}]\r\n"ImagePath"=${quoted(harm)}\r\n\r\n`
    + `[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\clr_optimization_v4.0.30319_32]\r\n"ImagePath"=${quoted(harm)}\r\n"Start"=dword:00000002\r\n\r\n`),
  "systeminfo.txt": `\r\nHost Name:                 ${harm}\r\nOS Name:                   Microsoft Windows Server 2016 ${harm}\r\nOS Version:                10.0.14393 N/A Build 14393\r\n`,
  // An event's text, its computer and an update's title.
  "system.txt": `Log Name:      System\r\nSource:        Microsoft-Windows-WindowsUpdateClient\r\nDate:          2024-03-12 03:05:00\r\nEvent ID:      20\r\nLevel:         Error\r\nComputer:      ${harm}\r\nDescription:\r\nInstallation Failure: Windows failed to install the following update with error 0x800706be: 2024-02 ${harm} (KB5034768).\r\n\r\n`,
  // Names of members: of what is read, of what is skipped, of an archive.
  [`${harm}/CBS.log`]: line("Error", "CBS", `Failed in ${harm} [HRESULT = 0x80070005 - E_ACCESSDENIED]`),
  [`${harm}.etl`]: "not read",
  [`${harm}.zip`]: zip({ [`${harm}/inner.log`]: line("Error", "CBS", `Failed again [HRESULT = 0x80070005]`) }),
  [`broken ${harm}.zip`]: "PK\x03\x04 cut off",
});

/** What no text may have become: elements and attributes that the pages' templates do not have. */
const grown = () => {
  const told = [];
  for (const it of document.querySelectorAll("iframe, img, object, embed, base, form, link, audio, video, math, foreignObject")) told.push(it.outerHTML);
  for (const it of document.querySelectorAll("*")) {
    for (const { name, value } of it.attributes) {
      if (name.startsWith("on") || name === "style" || name === "srcdoc" || name === "autofocus") told.push(`${it.tagName} ${name}=${value}`);
      if (["href", "src", "action", "xlink:href"].includes(name) && !/^(#|\.\/|https:\/\/|index\.html$)/.test(value)) told.push(`${it.tagName} ${name}=${value}`);
    }
  }
  const scripts = document.querySelectorAll("script").length;
  if (scripts > 1) told.push(`${scripts} scripts`);
  if (document.querySelectorAll("meta[http-equiv=refresh i]").length) told.push("a refresh");
  return told;
};

const HIDDEN = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u206F]/u;

describe("hostile bundles", async () => {
  const place = await folder();
  const files = {};
  HARM.forEach((harm, at) => { files[`inbox/harm-${at}.zip`] = bundle(harm); });
  files["inbox/all.zip"] = bundle(ALL);
  // A name of a case is a name of a file: all but the slash.
  HARM.forEach((harm) => { files[`inbox/${harm.replaceAll("/", "\u2215").replaceAll("\u0007", "").slice(0, 60)}.zip`] = bundle(harm); });
  await write(place, files);
  const { reports } = await analyze(place, ["inbox", "--quiet"], [0, 1]);
  // By hand a case may be called anything.
  await write(place, { "one/CBS.log": bundle(ALL)["CBS.log"] });
  await analyze(place, ["--one-case", ALL, "one", "--quiet", "--output", "named"], [0, 1]);
  const named = join(place, "named");

  test("the watch sees what would run", async () => {
    // The same texts in a page without protection: if this stayed silent, the tests below would prove nothing.
    // Without the one that would lead the page away while it is looked at.
    const run = HARM.filter((it) => !it.includes("refresh")).join(" ");
    await write(place, { "control.html": `<!DOCTYPE html><title>x</title><p>${run}</p>` });
    const { page, seen, context } = await open(url(place, "control.html"));
    await page.waitForTimeout(300);
    assert.ok(await page.evaluate(() => window.ran), "a script ran");
    assert.ok(seen.requests.length > 1, seen.requests.join(" "));
    assert.ok((await page.evaluate(grown)).length > 3);
    await context.close();
  });

  const every = [...(await pages(reports)).map((it) => [reports, it]), ...(await pages(named)).map((it) => [named, it])];
  assert.ok(every.length > 20, `${every.length} pages`);
  for (const [at, name] of every) {
    test(`${JSON.stringify(name).slice(0, 80)} runs nothing`, async () => {
      const opened = await open(url(at, name), { viewport: WIDTHS.phone });
      const { page, context } = opened;
      assert.deepEqual(await page.evaluate(grown), []);
      const text = await page.evaluate(() => `${document.title}\n${document.body.textContent}`);
      const hidden = HIDDEN.exec(text.replace(/[\t\n\r]/g, ""));
      assert.equal(hidden, null, `shown as it is: ${JSON.stringify(hidden?.input.slice(hidden.index - 40, hidden.index + 20))}`);
      // Open, press and touch all that can be.
      await page.evaluate(() => {
        document.querySelectorAll("details").forEach((it) => { it.open = true; });
        document.querySelectorAll("button").forEach((it) => it.click());
        document.querySelectorAll("*").forEach((it) => {
          for (const kind of ["mouseover", "focus", "toggle", "load", "error"]) it.dispatchEvent(new Event(kind));
        });
      });
      await page.waitForTimeout(50);
      assert.equal(await page.evaluate(() => window.ran), undefined);
      assert.equal(page.url().split("#")[0], opened.url);
      await assertNoSidewaysScroll(page, name);
      await assertQuiet(opened);
      await context.close();
    });
  }

  test("what they say is told, as text", async () => {
    const page = await open(url(reports, "all.html"));
    const text = await page.page.evaluate(() => document.body.textContent);
    for (const harm of HARM.slice(0, -1)) assert.ok(text.includes(harm), `${harm} is not on the page`);
    assert.ok(text.includes("\\u{202e}gnp.exe"), "what turns the text around is written out");
    await page.context.close();
    const index = await open(url(reports, "index.html"));
    assert.ok((await index.page.evaluate(() => document.body.textContent)).includes(HARM[0].slice(0, 20)));
    await index.context.close();
  });

  test("an address runs nothing", async () => {
    const opened = await open(`${url(reports, "index.html")}#q=${encodeURIComponent(ALL)}&only=${encodeURIComponent(ALL)}&__proto__=1`);
    assert.equal(await opened.page.evaluate(() => window.ran), undefined);
    assert.deepEqual(await opened.page.evaluate(grown), []);
    await assertQuiet(opened);
    await opened.context.close();
  });
});
