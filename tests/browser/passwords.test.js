// A password is judged by the server while it is typed, and by the form as well where no script runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DESK, PASSWORD, PHONE, open, suite } from "./house.js";

suite("A new password", (house) => {
  test("is judged while it is typed, and said politely", async () => {
    const window = await open(house, PHONE);
    const { page } = window;
    await page.goto(`${house.url}/register`);
    const line = page.locator("[data-strength]");
    assert.equal(await line.getAttribute("role"), "status");
    const asked = [];
    page.on("request", (request) => request.url().endsWith("/password-check") && asked.push(request));
    const type = async (text, says) => {
      await page.fill("#password", "");
      await page.locator("#password").pressSequentially(text);
      await line.getByText(says).waitFor();
    };
    await type("abcdefghijklmnop", "What comes in order");
    await type("conkers", "15 characters or more");
    await page.fill("#name", "Benedict Beech");
    await type("Benedict Beech 1", "not built round your name");
    await type(PASSWORD, "Strong enough.");
    assert.ok(asked.length < 20, `${asked.length} questions for four passwords: it waits for a pause`);
    await page.fill("#password", "");
    assert.equal(await line.textContent(), "");
    window.wasQuiet();
    await window.close();
  });

  test("is judged by the form where no script runs", async () => {
    const window = await open(house, { ...DESK, javaScriptEnabled: false });
    const { page } = window;
    await page.goto(`${house.url}/register`);
    assert.equal(await page.locator("[data-strength]").isVisible(), false);
    await page.fill("#name", "Benedict");
    await page.fill("#password", "abcdefghijklmnop");
    await page.locator("main form button:not([type=button])").click();
    await page.locator("#password-error").getByText("What comes in order").waitFor();
    assert.equal(await page.inputValue("#name"), "Benedict");
    assert.equal(await page.inputValue("#password"), "");
    await window.close();
  });
});
