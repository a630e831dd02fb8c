// A short password together with an app that makes codes, in one step, with scripts and without.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PHONE, open, suite, totp } from "./house.js";

const SHORT = "kUmq7-vurX";

suite("A password with an app that makes codes", (house) => {
  for (const [how, options] of [["with scripts", PHONE], ["without scripts", { ...PHONE, javaScriptEnabled: false }]]) {
    test(`is chosen in one step (${how})`, async () => {
      const window = await open(house, options);
      const { page } = window;
      const email = `fern-${options.javaScriptEnabled === false ? "plain" : "rich"}@example.org`;
      await page.goto(`${house.url}/register`);
      await page.fill("#name", "Fern");
      await page.fill("#email", email);
      await page.fill("#password", SHORT);
      await page.fill("#family", "Field");
      await page.getByLabel("I am 18").check();
      await page.locator("main form button.btn:not([type=button])").click();
      await page.getByRole("alert").getByText("15 characters or more").waitFor();
      // The fold is open now, and what was typed is there but for the password.
      assert.equal(await page.inputValue("#email"), email);
      assert.ok(await page.locator("figure.code svg").isVisible(), "the picture is there");
      const secret = await page.locator("#secret").textContent();
      if (options.javaScriptEnabled !== false) {
        const words = page.locator("[data-strength]");
        await page.fill("#password", SHORT);
        await words.getByText("15 characters or more").waitFor();
        await page.fill("#code", "000000");
        await words.getByText("15 characters or more").waitFor({ state: "detached" });
      }
      await page.fill("#password", SHORT);
      await page.fill("#code", "000000");
      await page.locator("main form button.btn:not([type=button])").click();
      await page.getByRole("alert").getByText("That code does not fit").waitFor();
      assert.equal(await page.locator("#secret").textContent(), secret, "the app may hold it already");
      await page.fill("#password", SHORT);
      await page.fill("#code", totp(secret));
      await page.locator("main form button.btn:not([type=button])").click();
      await page.getByRole("heading", { name: "Your recovery codes" }).waitFor();
      assert.equal(await page.locator(".codes li").count(), 10);
      await page.getByRole("link", { name: "I have them on paper" }).click();
      await page.waitForURL(`${house.url}/?notice=welcome`);
      await page.goto(`${house.url}/account/security/factor/off`);
      await page.getByText("fewer than 15 characters").waitFor();
      // Forms that come back say 422, which the console repeats.
      window.complaints.splice(0, Infinity, ...window.complaints.filter((text) => !text.includes("422")));
      window.wasQuiet();
      await window.close();
    });
  }
});
