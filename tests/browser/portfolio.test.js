// The portfolio's page: the name is changed before the file is ever on the disk.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { DESK, family, open, suite, today } from "./house.js";

suite("A portfolio's page", (house) => {
  test("saves the document under another name, and sends that name nowhere", async () => {
    const people = await family(house, ["Jay"]);
    await people.write({ title: "Jay's bridge", text: "Jay's bridge of straws held JAY'S boots." }, ["Jay"]);
    const window = await open(house, DESK);
    const { context, page, requests } = window;
    await people.enter(context);
    await page.goto(`${house.url}/portfolio`);
    await page.getByLabel("Title", { exact: true }).fill("Jay builds");
    await page.getByLabel("From").fill(today());
    await page.getByLabel("To", { exact: true }).fill(today());
    await page.getByRole("button", { name: "Make the portfolio" }).click();

    const preview = page.frameLocator("iframe");
    await page.locator("iframe").scrollIntoViewIfNeeded();
    await preview.getByRole("heading", { name: "Jay's bridge" }).waitFor();
    const bodies = [];
    context.on("request", (request) => bodies.push(`${request.url()} ${request.postData() ?? ""}`));
    await page.getByLabel("Name to show in the saved copy").fill("Marigold");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save the copy" }).click()]);
    await page.getByText(/^Saved as/).waitFor();
    assert.match(download.suggestedFilename(), /Marigold/);
    assert.ok(bodies.length > 0 && !bodies.some((sent) => /marigold/i.test(sent)), "the new name was sent");

    const file = join(house.folder, download.suggestedFilename());
    await download.saveAs(file);
    const source = await readFile(file, "utf8");
    assert.ok(!/jay/i.test(source), "the old name is left");
    assert.ok(!/<script|hec-box/i.test(source), "a script or the box is left");
    window.wasQuiet();
    const seen = requests.length;
    await page.goto(pathToFileURL(file).href);
    await page.getByText("Marigold's bridge of straws held MARIGOLD'S boots.").waitFor();
    const colour = await page.locator(".part h2").evaluate((heading) => getComputedStyle(heading).color);
    assert.notEqual(colour, "rgb(0, 0, 0)", "the document lost its style");
    assert.deepEqual(requests.slice(seen).filter((url) => !url.startsWith("file:")), []);
    await window.close();
  });

  test("refuses an empty name and says so", async () => {
    const people = await family(house, ["Jay"]);
    await people.write({ title: "Straws" }, ["Jay"]);
    const window = await open(house, DESK);
    const { context, page } = window;
    await people.enter(context);
    const made = await people.post("/portfolio", { title: "Jay", learner: people.learners[0].id, from: today(), to: today(), photos: "none" });
    await page.goto(house.url + made.headers.get("location"));
    await page.getByLabel("Name to show in the saved copy").fill("  ");
    await page.getByRole("button", { name: "Save the copy" }).click();
    await page.getByText("Enter the name to show.").waitFor();
    assert.equal(await page.locator("#to").getAttribute("aria-invalid"), "true");
    window.wasQuiet();
    await window.close();
  });
});
