// Setting up: a parent with a phone, one thing a page, from the link to the journal.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { AXE, DESK, PASSWORD, PHONE, open, suite } from "./house.js";

const CODE = /^[0-9A-Z]{5}$/;

// A HEC that nobody has set up, and the link that does.
export async function fresh(folder) {
  const env = { PATH: process.env.PATH, HEC_DATA: join(folder, "data"), XDG_CONFIG_HOME: folder };
  const child = spawn(process.env.HEC_BIN, ["serve", "--listen", "127.0.0.1:0"], { env, stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const address = await new Promise((resolve, reject) => {
    let log = "";
    child.once("exit", () => reject(new Error(log)));
    child.stderr.on("data", (data) => {
      log += data;
      const found = /127\.0\.0\.1:\d+/.exec(log);
      if (found) resolve(found[0]);
    });
  });
  const printed = spawnSync(process.env.HEC_BIN, ["setup-link"], { env, encoding: "utf8" });
  assert.equal(printed.status, 0, printed.stderr);
  return {
    url: `http://${address}`,
    link: printed.stdout.match(/http:\S+/)[0],
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

suite("Setting up", (house) => {
  for (const [name, options] of [
    ["a phone without scripts", { ...PHONE, javaScriptEnabled: false }],
    ["a phone", PHONE],
    ["a phone of 320 pixels, in the dark", { ...PHONE, viewport: { width: 320, height: 640 }, colorScheme: "dark" }],
    ["a computer", { ...DESK, colorScheme: "dark" }],
  ]) {
    test(`is done by keyboard on ${name}`, async () => {
      const server = await fresh(join(house.folder, name));
      const window = await open({ ...house, url: server.url }, options);
      const { page } = window;
      const axe = await readFile(AXE, "utf8");
      const look = async (heading, step) => {
        await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
        await page.getByText(`Step ${step} of 6`, { exact: true }).waitFor();
        if (options.javaScriptEnabled === false) return;
        await page.evaluate(axe);
        const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        assert.deepEqual(found.violations.map((one) => `${one.id} ${one.nodes[0].html}`), [], heading);
        await page.locator("details").evaluateAll((all) => all.forEach((fold) => { fold.open = true; }));
        const wide = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
        assert.ok(wide[0] <= wide[1], `${heading}: ${wide}`);
      };
      // Nothing but the keyboard: to a field or a button, and on.
      const type = async (label, text) => {
        await page.getByLabel(label, { exact: true }).focus();
        await page.keyboard.type(text);
      };
      const press = async (role, label) => {
        await page.getByRole(role, { name: label, exact: true }).focus();
        await page.keyboard.press("Enter");
      };
      try {
        await page.goto(server.link);
        await look("Welcome to HEC", 1);
        await type("Your name", "Ana");
        await type("Email", "ana@example.org");
        await type("Password", PASSWORD);
        await type("Family name", "the Ash family");
        await page.getByLabel("I am 18 or over").focus();
        await page.keyboard.press("Space");
        await press("button", "Continue");

        await look("What is this HEC called?", 2);
        assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "HEC of the Ash family");
        await page.getByLabel("Name", { exact: true }).focus();
        await page.keyboard.press("Enter");

        await look("How HEC is reached", 3);
        await press("button", "Continue");

        await look("What opens the record", 4);
        await press("button", "Show me a recovery code");
        await look("Write this down", 4);
        const groups = await page.locator(".groups li").allInnerTexts();
        assert.ok(groups.length === 8 && groups.every((group) => CODE.test(group)), groups.join("-"));
        await press("link", "I have it on paper");

        await look("Type the code", 4);
        await type("Recovery code", groups.with(2, "ZZZZZ").join(" "));
        await page.keyboard.press("Enter");
        await page.getByRole("alert").getByText(/group 3/).waitFor();
        await look("Type the code", 4);
        assert.equal(await page.getByLabel("Recovery code", { exact: true }).inputValue(), "");
        await type("Recovery code", groups.join(" ").toLowerCase());
        await page.keyboard.press("Enter");

        await look("Who is learning?", 5);
        await page.getByRole("status").getByText("The recovery code opens the record from now on.").waitFor();
        await type("Nickname", "Wren");
        await press("button", "Add and go on");

        await look("HEC is ready", 6);
        await page.getByRole("status").getByText("The child is added.").waitFor();
        await press("button", "Go to the journal");
        await page.getByText("All set.").waitFor();
        assert.equal(await page.getByText("Finish setting up").count(), 0);
        // A refused form answers 422, which the console repeats.
        window.complaints.splice(0, Infinity, ...window.complaints.filter((text) => !text.includes("422")));
        window.wasQuiet();

        await page.goBack();
        await page.goto(`${server.url}/setup/keys`);
        // From now on that is one of the operator's pages, which want a second factor.
        await page.waitForURL(`${server.url}/account/security/factor?next=*`);
        assert.ok(!(await page.content()).includes(groups[0]), "the code is never shown again");
      } finally {
        await window.close();
        await server.stop();
      }
    });
  }

  test("a code is printed as a page of its own", async () => {
    const server = await fresh(join(house.folder, "printed"));
    const window = await open({ ...house, url: server.url }, DESK);
    const { page } = window;
    try {
      await page.goto(server.link);
      for (const [label, text] of [["Your name", "Ana"], ["Email", "ana@example.org"], ["Password", PASSWORD], ["Family name", "Ash"]]) {
        await page.getByLabel(label, { exact: true }).fill(text);
      }
      await page.getByLabel("I am 18 or over").check();
      await page.getByRole("button", { name: "Continue" }).click();
      await page.waitForURL(`${server.url}/setup/name`);
      await page.goto(`${server.url}/setup/keys`);
      await page.getByRole("button", { name: "Show me a recovery code" }).click();
      await page.locator(".groups").waitFor();
      await page.emulateMedia({ media: "print" });
      const shown = await page.evaluate(() => document.body.innerText);
      assert.match(shown, /How to bring back the record of HEC/);
      assert.equal((await page.locator(".groups li:visible").count()), 8);
      for (const words of ["I have it on paper", "Journal", "Step 4", "Back", "Do not photograph"]) {
        assert.doesNotMatch(shown, new RegExp(`\\b${words}\\b`));
      }
    } finally {
      await window.close();
      await server.stop();
    }
  });
});
