// Pages at their largest: very long lines, and as many findings and lines of evidence as a page may have.
import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { analyze, folder, line, url, write } from "./lib/casebook.mjs";
import { WIDTHS, assertNoSidewaysScroll, assertQuiet, open, painted, screenshot, stopwatch } from "./lib/browser.mjs";

describe("lines of ten thousand characters", async () => {
  const place = await folder();
  const long = "x".repeat(10_000);
  await write(place, { "long.zip": { [`Logs/${"folder-".repeat(30)}/CBS.log`]: [
    line("Info", "CBS", `${long}`),
    line("Error", "CBS", `Failed to begin ${long} [HRESULT = 0x800706be]`),
    line("Info", "CBS", `INSTALL index: 55, phase: 2, result 2, inf: ${"a".repeat(200)}.inf`),
    line("Info", "CBS", "Doqe: Failed installing driver updates [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]"),
    line("Info", "CBS", `Failed to find file: amd64_${"part-".repeat(50)}_31bf3856ad364e35_10.0.1.2_none_0f9ad1b2c3d4e5f6\\${"b".repeat(200)}.dll [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]`),
    line("Info", "CBS", `${long}`),
  ].join("") }, "other.zip": { "CBS.log": line("Error", "CBS", `Failed to begin ${long} [HRESULT = 0x800706be]`) } });
  await analyze(place, ["long.zip", "other.zip", "--quiet"], [0]);

  for (const name of ["long.html", "index.html"]) {
    for (const [width, viewport] of Object.entries(WIDTHS)) {
      test(`${name} wraps them: ${width}`, async () => {
        const opened = await open(url(place, "reports", name), { viewport });
        await opened.page.evaluate(() => document.querySelectorAll("details").forEach((it) => { it.open = true; }));
        await assertNoSidewaysScroll(opened.page, name);
        await screenshot(opened.page, `long-lines-${name.replace(".html", "")}-${width}`);
        await assertQuiet(opened);
        await opened.context.close();
      });
    }
  }
});

describe("two hundred findings", async () => {
  const place = await folder();
  const RULES = 200;
  const LINES = 25;
  const rule = (number) => `## Part ${number} of the update cannot be staged

\`\`\`rule
id = "made-up-${number}"
severity = "error"
codes = ["0x80070002"]
source = "https://example.org/made-up-${number}"

[[when]]
in = "cbs"
match = '''Failed to stage part ${number} of {component:component} [HRESULT = 0x80070002'''
\`\`\`

The part cannot be read where the update keeps it, and so the update as a whole is rolled back.

\`\`\`sample cbs
2024-03-14 02:11:21, Error                 CBS    Failed to stage part ${number} of amd64_a-b_31bf3856ad364e35_10.0.1.2_none_0f9ad1b2c3d4e5f6 [HRESULT = 0x80070002]
=> component = amd64_a-b_31bf3856ad364e35_10.0.1.2_none_0f9ad1b2c3d4e5f6
\`\`\`

\`\`\`counter-sample cbs
2024-03-14 02:11:21, Info                  CBS    Staged part ${number} of amd64_a-b_31bf3856ad364e35_10.0.1.2_none_0f9ad1b2c3d4e5f6
\`\`\`

### Fix

1. Let Windows repair the component store:
   \`\`\`cmd
   dism /online /cleanup-image /restorehealth
   \`\`\`
2. Install the update again.
`;
  const article = `# Made-up parts\n\nFor a test.\n\n${Array.from({ length: RULES }, (_, at) => rule(at + 1000)).join("\n")}`;
  const component = (at) => `amd64_microsoft-windows-part${at}_31bf3856ad364e35_10.0.14393.5501_none_0f9ad1b2c3d4e5f6`;
  const lines = [];
  for (let round = 0; round < LINES; round += 1) {
    for (let at = 0; at < RULES; at += 1) {
      lines.push(line("Error", "CBS", `Failed to stage part ${at + 1000} of ${component(round)} [HRESULT = 0x80070002]`));
      lines.push(line("Info", "CBS", `Something else that stands beside it in round ${round}`));
    }
  }
  await write(place, { "rules/made-up.md": article, "many.zip": { "CBS.log": lines.join("") } });
  await analyze(place, ["many.zip", "--rules", "rules", "--quiet"], [0]);
  const page = url(place, "reports/many.html");

  test("stay under two megabytes", async () => {
    const { size } = await stat(join(place, "reports/many.html"));
    console.log(`many.html: ${size} bytes`);
    assert.ok(size < 2e6, `${size} bytes`);
  });

  test("open in less than a second", async () => {
    const opened = await open("about:blank");
    const worked = await stopwatch(opened.page);
    const before = await worked();
    await opened.page.goto(page);
    await painted(opened.page);
    const cost = await worked() - before;
    console.log(`two hundred findings: ${Math.round(cost)} ms of the page's thread`);
    assert.ok(await opened.page.locator("section.finding, article.finding, .finding").count() >= RULES);
    assert.deepEqual(opened.seen.problems, []);
    assert.ok(cost < 1000, `${cost} ms`);
    await opened.context.close();
  });
});
