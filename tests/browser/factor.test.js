// The second factor: set up, and signed in with, with scripts and without.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PASSWORD, PHONE, family, open, suite, totp } from "./house.js";

suite("The second factor", (house) => {
  for (const [how, options] of [["with scripts", PHONE], ["without scripts", { ...PHONE, javaScriptEnabled: false }]]) {
    test(`is set up on a phone and signed in with (${how})`, async () => {
      const people = await family(house, ["Wren"]);
      const window = await open(house, options);
      const { page } = window;
      await people.enter(window.context);
      await page.goto(`${house.url}/account`);
      await page.getByRole("link", { name: "Password, devices and second factor" }).click();
      await page.getByRole("link", { name: "Set up a second factor" }).click();
      assert.ok(await page.locator("figure.code img").evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), "the picture is there");
      const secret = await page.locator("#secret").textContent();
      await page.getByLabel("Code from your app").fill("000000");
      await page.getByRole("button", { name: "Turn it on" }).click();
      await page.getByRole("alert").getByText("That code does not fit").waitFor();
      assert.equal(await page.locator("#secret").textContent(), secret);
      await page.getByLabel("Code from your app").fill(totp(secret));
      await page.getByRole("button", { name: "Turn it on" }).click();
      await page.getByRole("heading", { name: "Your recovery codes" }).waitFor();
      const codes = await page.locator(".codes li").allTextContents();
      assert.equal(codes.length, 10);
      await page.getByRole("link", { name: "I have them on paper" }).click();
      await page.getByText("10 recovery codes are left.").waitFor();
      await page.goto(`${house.url}/account`);
      await page.getByRole("button", { name: "Sign out" }).click();

      const password = async () => {
        await page.goto(`${house.url}/sign-in?next=/learners`);
        await page.fill("#email", people.email);
        await page.fill("#password", PASSWORD);
        await page.getByRole("button", { name: "Sign in" }).click();
        await page.waitForURL(`${house.url}/sign-in/code?*`);
      };
      await password();
      await page.getByLabel("Code from your app").fill(totp(secret, 1));
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL(`${house.url}/learners`);
      await page.goto(`${house.url}/account`);
      await page.getByRole("button", { name: "Sign out" }).click();

      await password();
      await page.getByText("No phone at hand?").click();
      await page.getByLabel("Recovery code", { exact: true }).fill(codes[0]);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL(`${house.url}/learners?notice=recovery-used&left=9`);
      await page.getByRole("status").getByText("9 are left.").waitFor();
      await page.goto(`${house.url}/account/security`);
      await page.getByText("9 recovery codes are left.").waitFor();
      // Forms that come back say 422, which the console repeats.
      window.complaints.splice(0, Infinity, ...window.complaints.filter((text) => !text.includes("422")));
      window.wasQuiet();
      await window.close();
    });
  }
});
