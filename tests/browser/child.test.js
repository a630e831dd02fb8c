// A child signs in: a parent sets words, the child opens the family's address on their own device, writes, and is stopped
// where the parents' pages begin. With scripts and without.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PHONE, family, open, suite } from "./house.js";

suite("A child's sign-in", (house) => {
  for (const javaScriptEnabled of [true, false]) {
    test(`from the parent's page to the child's own entry and out again (scripts: ${javaScriptEnabled})`, async () => {
      const people = await family(house, ["Wren", "Robin"]);
      await people.write({ title: "Robin alone", text: "Not for Wren." }, ["Robin"]);
      await people.write({ title: "Together", text: "Both of them." }, ["Wren", "Robin"]);
      const parent = await open(house, { ...PHONE, javaScriptEnabled });
      const child = await open(house, { ...PHONE, javaScriptEnabled });
      await people.enter(parent.context);

      const wren = people.learners.find((one) => one.name === "Wren").id;
      await parent.page.goto(`${house.url}/learners/${wren}`);
      await parent.page.getByRole("link", { name: "Let Wren sign in" }).click();
      await parent.page.getByRole("button", { name: "Use these words" }).click();
      const words = await parent.page.locator(".words").innerText();
      const address = await parent.page.getByLabel("Address for signing in").inputValue();
      assert.equal(words.split(" ").length, 4);
      assert.equal(await parent.page.locator("figure.code svg").count(), 1);

      const { page } = child;
      await page.goto(address);
      await page.getByText("Your parents can see everything you write here.").waitFor();
      await page.getByLabel("Nickname").fill("wren");
      await page.getByLabel("Secret words", { exact: true }).fill("not the right words");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").getByText("do not belong together").waitFor();
      assert.equal(await page.getByLabel("Nickname").inputValue(), "wren");
      await page.getByLabel("Secret words", { exact: true }).fill(words);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL(`${house.url}/`);

      await page.getByText("Your parents can see everything you write here.").waitFor();
      assert.deepEqual(await page.locator(".card-title").allInnerTexts(), ["Together"]);
      assert.equal(await page.getByText("Robin").count(), 0);
      assert.equal(await page.getByRole("link", { name: "Portfolio" }).count(), 0);

      await page.goto(`${house.url}/entries/new`);
      assert.equal(await page.locator("[name=private]").count(), 0);
      await page.getByLabel("Title", { exact: true }).fill("My conkers");
      await page.getByRole("button", { name: "Save", exact: true }).press("Enter");
      await page.getByRole("status").getByText("Saved.").waitFor();
      await page.getByRole("link", { name: "Together" }).click();
      await page.getByLabel("Your words").fill("I won twice.");
      await page.getByRole("button", { name: "Save", exact: true }).press("Enter");
      await page.getByText("I won twice.").first().waitFor();

      const refused = await page.goto(`${house.url}/portfolio`);
      assert.equal(refused.status(), 403);
      await page.getByRole("heading", { name: "This page is for your parents" }).waitFor();
      await page.getByRole("link", { name: "Go to your journal" }).click();

      await parent.page.goto(house.url + (await people.find("My conkers")));
      await parent.page.getByText("About this entry").click();
      await parent.page.getByText("Added by").waitFor();
      await parent.page.goto(`${house.url}/learners/${wren}/sign-in`);
      await parent.page.locator("summary", { hasText: "Turn it off" }).click();
      await parent.page.getByRole("button", { name: "Turn it off" }).click();
      await parent.page.getByRole("status").getByText("The child can no longer sign in.").waitFor();
      await page.goto(`${house.url}/`);
      await page.waitForURL(/\/sign-in/);

      parent.wasQuiet();
      // What was refused on purpose has its status, which the console repeats.
      child.complaints.splice(0, Infinity, ...child.complaints.filter((text) => !/40[34]|422/.test(text)));
      child.wasQuiet();
      await parent.close();
      await child.close();
    });
  }
});
