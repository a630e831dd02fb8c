// Without JavaScript: everything can be done.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { PHONE, family, open, signIn, suite, today } from "./house.js";
import { pictures } from "./pictures.js";

const WITHOUT = { ...PHONE, javaScriptEnabled: false };

suite("Without JavaScript", (house) => {
  test("an entry for two children with two photos is written, found, changed, deleted and brought back", async () => {
    const people = await family(house, ["Wren", "Robin"]);
    const window = await open(house, WITHOUT);
    const { page } = window;
    await signIn(house, page, people.email);
    await page.goto(`${house.url}/entries/new`);
    await page.getByLabel("Wren", { exact: true }).check();
    await page.getByLabel("Robin", { exact: true }).check();
    await page.getByLabel("Add photos").first().setInputFiles(await pictures(house));
    await page.getByLabel("Title", { exact: true }).fill("Conkers");
    await page.getByLabel("What happened", { exact: true }).fill("Forty-one on one string.");
    await page.getByText("Their own words", { exact: true }).click();
    await page.getByLabel("What Robin said").fill("They are like little horses.");
    await page.getByRole("button", { name: "Save", exact: true }).tap();
    await page.getByRole("status").getByText("Saved.").waitFor();

    await page.goto(`${house.url}/`);
    const card = page.locator(`section:has(#day-${today()}) article`, { hasText: "Conkers" });
    assert.equal(await card.locator("img").count(), 2);
    await card.getByRole("link").click();
    await page.getByRole("link", { name: "Change" }).click();
    await page.getByLabel("Title", { exact: true }).fill("Conkers on a string");
    await page.getByRole("button", { name: "Save", exact: true }).tap();
    await page.getByRole("heading", { name: "Conkers on a string" }).waitFor();
    assert.equal(await page.locator(".gallery img").count(), 2);

    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByText("Entry deleted.").waitFor();
    assert.equal(await page.locator("article").count(), 0);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Conkers on a string").first().waitFor();
    window.wasQuiet();
    await window.close();
  });

  test("the journal is searched and filtered", async () => {
    const people = await family(house, ["Wren", "Robin"]);
    await people.write({ title: "Fractions with pizza", text: "Eighths, then none.", kind: "activity" }, ["Wren"]);
    await people.write({ title: "Castle", text: "A portcullis!", kind: "outing", starred: "yes" }, ["Robin"]);
    await people.write({ title: "Long ago", date: "2024-02-29", kind: "note" }, ["Wren"]);
    const window = await open(house, WITHOUT);
    const { page } = window;
    await people.enter(window.context);

    await page.goto(`${house.url}/search`);
    await page.getByLabel("Search your entries").fill("fract");
    await page.getByRole("button", { name: "Search" }).click();
    assert.deepEqual(await titles(page), ["Fractions with pizza"]);

    await page.goto(`${house.url}/`);
    assert.equal((await titles(page)).length, 3);
    await page.getByRole("navigation", { name: "Show entries of" }).getByRole("link", { name: "Robin" }).click();
    assert.deepEqual(await titles(page), ["Castle"]);
    const filter = async (choose) => {
      await page.goto(`${house.url}/`);
      await page.getByText("Filter", { exact: false }).first().click();
      await choose();
      await page.getByRole("button", { name: "Show entries" }).click();
      return titles(page);
    };
    assert.deepEqual(await filter(() => page.getByLabel("Kind").selectOption({ label: "Outing" })), ["Castle"]);
    assert.deepEqual(await filter(() => page.getByLabel("Only what is kept for the portfolio").check()), ["Castle"]);
    assert.deepEqual(await filter(() => page.getByLabel("To", { exact: true }).fill("2024-12-31")), ["Long ago"]);
    await page.getByRole("link", { name: "Clear the filters" }).first().click();
    assert.equal((await titles(page)).length, 3);
    window.wasQuiet();
    await window.close();
  });

  test("a portfolio is made and downloaded", async () => {
    const people = await family(house, ["Wren"]);
    await people.write({ title: "Wren reads", text: "All of it, aloud." }, ["Wren"]);
    const window = await open(house, WITHOUT);
    const { page } = window;
    await people.enter(window.context);
    await page.goto(`${house.url}/portfolio`);
    await page.getByLabel("Title", { exact: true }).fill("Reading");
    await page.getByRole("button", { name: "Make the portfolio" }).click();
    await page.getByRole("heading", { name: "Reading" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Save the copy" }).isVisible(), false);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /^Save it as it is/ }).click()]);
    const file = join(house.folder, "reading.html");
    await download.saveAs(file);
    assert.match(await readFile(file, "utf8"), /All of it, aloud\./);
    window.wasQuiet();
    await window.close();
  });
});

const titles = (page) => page.locator("article .card-title").allInnerTexts();
