// A password is judged by the server while it is typed, and by the form as well where no script runs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DESK, PASSWORD, PHONE, open, operator, suite } from "./house.js";

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
    await type("fghijklmnopqrstuvw", "What comes in order");
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

  test("is not described by an error that is out of sight", async () => {
    const window = await open(house, DESK);
    const { page } = window;
    await page.goto(`${house.url}/register`);
    await page.fill("#password", "fghijklmnopqrstuvw");
    // The page of a refused form has status 422, which the console repeats.
    await page.locator("main form button:not([type=button])").click();
    const error = page.locator("#password-error");
    await error.getByText("What comes in order").waitFor();
    const described = () => page.getAttribute("#password", "aria-describedby");
    assert.equal(await described(), "password-hint password-error");
    await page.locator("#password").pressSequentially(PASSWORD);
    await page.locator("[data-strength]").getByText("Strong enough.").waitFor();
    assert.deepEqual([await error.isVisible(), await described()], [false, "password-hint"]);
    await page.fill("#password", "");
    await error.waitFor();
    assert.equal(await described(), "password-hint password-error");
    window.complaints.splice(0, Infinity, ...window.complaints.filter((text) => !text.includes("422")));
    window.wasQuiet();
    await window.close();
  });

  test("is judged by the form where no script runs", async () => {
    const window = await open(house, { ...DESK, javaScriptEnabled: false });
    const { page } = window;
    await page.goto(`${house.url}/register`);
    assert.equal(await page.locator("[data-strength]").isVisible(), false);
    await page.fill("#name", "Benedict");
    await page.fill("#password", "fghijklmnopqrstuvw");
    await page.locator("main form button:not([type=button])").click();
    await page.locator("#password-error").getByText("What comes in order").waitFor();
    assert.equal(await page.inputValue("#name"), "Benedict");
    assert.equal(await page.inputValue("#password"), "");
    await window.close();
  });
});

suite("An invitation", (house) => {
  test("is made by the operator, and fits every window", async () => {
    const window = await open(house, { ...PHONE, viewport: { width: 320, height: 640 } });
    const { page } = window;
    await window.context.addCookies(await operator(house));
    await page.goto(`${house.url}/admin/invitations`);
    await page.fill("#whom", "The Beeches");
    await page.getByRole("button", { name: "Make an invitation" }).click();
    const link = await page.inputValue("#invitation-link");
    assert.ok(link.startsWith(`${house.url}/register?invitation=`), link);
    await page.locator("figure.code svg").waitFor();
    const wide = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(wide[0] <= wide[1], `${wide}`);
    const guest = await open(house, DESK);
    await guest.page.goto(link);
    assert.equal(await guest.page.locator("input[name=invitation]").inputValue(), new URL(link).searchParams.get("invitation"));
    await guest.close();
    await page.goto(`${house.url}/admin/invitations`);
    await page.getByRole("button", { name: "Withdraw The Beeches" }).click();
    await page.getByText("The link no longer works").waitFor();
    window.wasQuiet();
    await window.close();
  });
});
