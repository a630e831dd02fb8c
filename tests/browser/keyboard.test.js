// Keyboard alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DESK, PASSWORD, family, open, suite } from "./house.js";

suite("By keyboard alone", (house) => {
  test("a parent signs in, writes an entry and saves it, and always sees where they are", async () => {
    const people = await family(house, ["Wren", "Robin"]);
    const window = await open(house, DESK);
    const { page } = window;
    const { keyboard } = page;
    await page.goto(`${house.url}/sign-in`);
    await reach(page, "#email");
    await keyboard.type(people.email);
    await reach(page, "#password");
    await keyboard.type(PASSWORD);
    await keyboard.press("Enter");
    await page.waitForURL(`${house.url}/`);

    await reach(page, 'a[href="/entries/new"]');
    await keyboard.press("Enter");
    await page.waitForURL(`${house.url}/entries/new`);
    await reach(page, 'input[name="learner"]');
    await keyboard.press("Space");
    await reach(page, "#photos");
    await reach(page, "#title");
    await keyboard.type("By hand");
    await reach(page, "#text");
    await keyboard.type("Every key.");
    await reach(page, "summary");
    await keyboard.press("Enter");
    await reach(page, 'input[name="subject"]');
    await keyboard.press("Space");
    await reach(page, ".save button");
    await keyboard.press("Enter");
    await page.getByText("Saved.").waitFor();
    await page.getByRole("link", { name: "By hand" }).waitFor();
    assert.deepEqual(await page.locator(".people li").allInnerTexts(), ["Wren"]);
    window.wasQuiet();
    await window.close();
  });

  test("the first key leads past the navigation", async () => {
    const people = await family(house);
    const window = await open(house, DESK);
    const { page } = window;
    await people.enter(window.context);
    await page.goto(`${house.url}/learners`);
    await page.keyboard.press("Tab");
    const skip = page.locator(".skip");
    assert.equal(await skip.evaluate((link) => link === document.activeElement && link.getBoundingClientRect().top >= 0), true);
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.querySelector("main").contains(document.activeElement)), true);
    window.wasQuiet();
    await window.close();
  });

  test("a refused form puts the focus on what is wrong, and leads to the field", async () => {
    const people = await family(house);
    const window = await open(house, DESK);
    const { page } = window;
    await people.enter(window.context);
    await page.goto(`${house.url}/entries/new`);
    await reach(page, "#date");
    await reach(page, ".save button");
    await page.keyboard.press("Enter");
    const summary = page.getByRole("alert");
    await summary.waitFor();
    assert.equal(await summary.evaluate((box) => box === document.activeElement), true);
    assert.match(await page.title(), /^Error:/);

    await page.goto(`${house.url}/portfolio`);
    await reach(page, "#title");
    await page.keyboard.press("Enter");
    await summary.waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "title");
    const error = page.locator("#title-error");
    assert.equal(await error.isVisible(), true);
    assert.match(await page.locator("#title").getAttribute("aria-describedby"), /title-error/);
    // A refusal has a status of its own, which the console repeats.
    assert.deepEqual(window.complaints.filter((text) => !text.includes("422")), []);
    await window.close();
  });
});

// Presses Tab until `selector` has the focus; each stop on the way can be seen.
async function reach(page, selector) {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate((wanted) => {
      const here = document.activeElement;
      const marks = [here, here.closest(".item"), here.closest(".card"), here.nextElementSibling].filter(Boolean);
      const outlined = (element, part) => {
        const style = getComputedStyle(element, part);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
      };
      const seen = marks.some((element) => outlined(element)) || outlined(here, "::after");
      return { seen, there: here.matches(wanted), what: here.outerHTML.slice(0, 120) };
    }, selector);
    assert.ok(stop.seen, `no focus to see at ${stop.what}`);
    if (stop.there) return;
  }
  assert.fail(`${selector} can't be reached`);
}
