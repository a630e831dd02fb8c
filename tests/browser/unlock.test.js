// A locked HEC: the one page it has can be used by anybody, and opens the rest without a restart.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { AXE, DESK, PHONE, open, suite } from "./house.js";

const PASSPHRASE = "kettles, moss and a bicycle";

// A store with a passphrase in the suite's scratch folder, and its server, which nobody has unlocked.
async function locked(house, name) {
  const folder = join(house.folder, name);
  const env = { PATH: process.env.PATH, HEC_DATA: join(folder, "data"), XDG_CONFIG_HOME: folder };
  const args = ["init", "--unlock", "passphrase", "--yes", "--passphrase-fd", "0"];
  const made = spawnSync(process.env.HEC_BIN, args, { env, input: `${PASSPHRASE}\n`, encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  const [code] = made.stdout.match(/(?:[0-9A-Z]{5}-){7}[0-9A-Z]{5}/);
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
  return {
    url: `http://${address}`,
    code,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

suite("A locked store", (house) => {
  for (const [name, options] of [["phone", PHONE], ["desk", { ...DESK, colorScheme: "dark" }]]) {
    test(`has an accessible page that fits (${name})`, async () => {
      const server = await locked(house, name);
      const { context, page } = await open(house, options);
      try {
        const axe = await readFile(AXE, "utf8");
        const look = async () => {
          await page.evaluate(axe);
          const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
          assert.deepEqual(found.violations.map((one) => one.id), []);
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
        };
        await page.goto(`${server.url}/entries/new`);
        assert.equal(new URL(page.url()).pathname, "/unlock");
        await look();
        await page.getByLabel("Passphrase or recovery code").fill("kettles and moss");
        await page.getByRole("button", { name: "Unlock" }).click();
        await page.getByRole("alert").waitFor();
        assert.equal(await page.getByLabel("Passphrase or recovery code").inputValue(), "");
        await look();
      } finally {
        await context.close();
        await server.stop();
      }
    });
  }

  test("opens with the keyboard alone, by passphrase and by recovery code, without scripts too", async () => {
    for (const [name, javaScriptEnabled] of [["passphrase", true], ["code", false]]) {
      const server = await locked(house, name);
      const { context, page } = await open(house, { ...PHONE, javaScriptEnabled });
      try {
        await page.goto(server.url);
        await page.getByLabel("Passphrase or recovery code").focus();
        await page.keyboard.type(name === "code" ? server.code.toLowerCase() : PASSPHRASE);
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { name: "Almost there" }).waitFor();
        assert.equal((await page.request.get(`${server.url}/health/ready`)).status(), 200);
      } finally {
        await context.close();
        await server.stop();
      }
    }
  });
});
