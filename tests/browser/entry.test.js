// One entry: nothing is lost by a slip of the thumb.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PHONE, family, open, suite, today } from "./house.js";

suite("An entry", (house) => {
  test("that was deleted is brought back by Undo", async () => {
    const { page, window, people } = await at(house);
    await page.goto(house.url + await people.write({ title: "Frogspawn" }, ["Wren"]));
    await page.getByRole("button", { name: "Delete" }).tap();
    await page.getByText("Entry deleted.").waitFor();
    assert.equal(await page.getByText("Frogspawn").count(), 0);
    await page.getByRole("button", { name: "Undo" }).tap();
    await page.getByText("The entry is back.").waitFor();
    await page.goto(`${house.url}/`);
    assert.equal(await page.getByRole("link", { name: "Frogspawn" }).count(), 1);
    await window.done();
  });

  test("is had again today, with the same children", async () => {
    const { page, window, people } = await at(house);
    const first = await people.write({ title: "Swimming", date: "2026-01-15", place: "the pool", kind: "group" }, ["Wren", "Robin"]);
    await page.goto(house.url + first);
    await page.getByRole("button", { name: "Same again today" }).tap();
    await page.getByText("Copied to today.", { exact: false }).waitFor();
    assert.equal(await page.locator("#date").inputValue(), today());
    assert.equal(await page.locator("#title").inputValue(), "Swimming");
    assert.equal(await page.locator("#place").inputValue(), "the pool");
    assert.equal(await page.locator("input[name=learner]:checked").count(), 2);
    await page.getByRole("button", { name: "Save", exact: true }).tap();
    await page.getByText("Saved.").waitFor();
    await page.goto(`${house.url}/`);
    assert.equal(await page.getByRole("link", { name: "Swimming" }).count(), 2);
    await window.done();
  });

  test("is made once, however fast Save is pressed", async () => {
    const { page, window } = await at(house);
    await page.goto(`${house.url}/entries/new`);
    await page.getByLabel("Title", { exact: true }).fill("Only once");
    // The reply is held until both taps are done.
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    let sent = 0;
    await page.route("**/entries/new", async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      sent += 1;
      await held;
      return route.continue();
    });
    const save = await page.getByRole("button", { name: "Save", exact: true }).boundingBox();
    await page.touchscreen.tap(save.x + save.width / 2, save.y + save.height / 2);
    await page.touchscreen.tap(save.x + save.width / 2, save.y + save.height / 2);
    release();
    await page.getByText("Saved.").waitFor();
    assert.equal(sent, 1);
    await page.goto(`${house.url}/`);
    assert.equal(await page.getByRole("link", { name: "Only once" }).count(), 1);
    await window.done();
  });

  test("that is not saved yet is not left without a question", async () => {
    const { page, window } = await at(house);
    await page.goto(`${house.url}/entries/new`);
    await page.getByLabel("What happened", { exact: true }).tap();
    await page.keyboard.type("Half a thought");
    const asked = page.waitForEvent("dialog");
    const tap = page.getByRole("link", { name: "Cancel" }).tap();
    const dialog = await asked;
    assert.equal(dialog.type(), "beforeunload");
    await dialog.dismiss();
    await tap;
    assert.equal(await page.getByLabel("What happened", { exact: true }).inputValue(), "Half a thought");
    await page.getByRole("button", { name: "Save", exact: true }).tap();
    await page.getByText("Saved.").waitFor();
    await window.done();
  });

  test("keeps the day and the children for the next one", async () => {
    const { page, window } = await at(house);
    await page.goto(`${house.url}/entries/new`);
    await page.getByRole("link", { name: "Yesterday" }).tap();
    const day = await page.locator("#date").inputValue();
    assert.ok(day < today());
    await page.locator(".chip label", { hasText: "Robin" }).first().tap();
    await page.getByLabel("Title", { exact: true }).fill("First of two");
    await page.getByRole("button", { name: "Save and add another" }).tap();
    await page.getByText("Saved. Here is the next one.").waitFor();
    assert.equal(await page.locator("#date").inputValue(), day);
    assert.equal(await page.locator("#title").inputValue(), "");
    assert.equal(await page.getByLabel("Robin", { exact: true }).isChecked(), true);
    assert.equal(await page.getByLabel("Wren", { exact: true }).isChecked(), false);
    await window.done();
  });
});

// A family's phone, signed in.
async function at(house) {
  const people = await family(house, ["Wren", "Robin"]);
  const window = await open(house, PHONE);
  await people.enter(window.context);
  window.done = async () => {
    window.wasQuiet();
    await window.close();
  };
  return { page: window.page, window, people };
}
