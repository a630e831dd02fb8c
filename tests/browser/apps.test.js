// An app is let in and shut out again, with scripts and without; the browser's own policy lets the answer through.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { test } from "node:test";
import { DESK, PASSWORD, PHONE, family, open, suite } from "./house.js";

const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

// A program on this device that waits for its code.
async function waits() {
  const server = createServer((request, reply) => {
    reply.setHeader("content-type", "text/html; charset=utf-8");
    reply.end("<!doctype html><title>App</title><link rel=icon href=data:,><h1>Back in the app</h1>");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { redirect: `http://127.0.0.1:${server.address().port}/signed-in`, end: () => new Promise((resolve) => server.close(resolve)) };
}

function asks(house, redirect) {
  const url = new URL("/oauth/authorize", house.url);
  const asked = {
    response_type: "code", client_id: house.clients[0].client_id, redirect_uri: redirect, scope: "records:read records:write", state: "kept",
    code_challenge: createHash("sha256").update(VERIFIER).digest("base64url"), code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return url.href;
}

async function redeems(house, redirect, code) {
  const body = new URLSearchParams({ grant_type: "authorization_code", client_id: house.clients[0].client_id, redirect_uri: redirect, code, code_verifier: VERIFIER });
  const reply = await fetch(`${house.url}/oauth/token`, { method: "POST", body });
  assert.equal(reply.status, 200);
  return reply.json();
}

suite("Apps", (house) => {
  for (const [name, options] of [["with scripts", DESK], ["without scripts", { ...PHONE, javaScriptEnabled: false }]]) {
    test(`one is let in for one child and shut out again ${name}`, async () => {
      const people = await family(house, ["Wren", "Robin"]);
      const window = await open(house, options);
      const { page } = window;
      await people.enter(window.context);
      const app = await waits();
      try {
        await page.goto(asks(house, app.redirect));
        await page.getByRole("heading", { name: "Let “Demo app” in?" }).waitFor();
        await page.getByText("a program on this device").waitFor();
        await page.getByLabel("Write in the journal").uncheck();
        await page.getByLabel("Only the children chosen here").check();
        // Nobody chosen yet: the page says so, and keeps what was ticked.
        await page.getByRole("button", { name: "Let it in" }).press("Enter");
        await page.getByRole("alert").getByText("Choose at least one child").waitFor();
        assert.equal(await page.getByLabel("Write in the journal").isChecked(), false);
        await page.getByLabel("Robin", { exact: true }).check();
        await page.getByRole("button", { name: "Let it in" }).press("Enter");
        await page.getByRole("heading", { name: "Back in the app" }).waitFor();
        const answer = new URL(page.url()).searchParams;
        assert.deepEqual([answer.get("state"), answer.get("iss")], ["kept", house.url]);
        const token = await redeems(house, app.redirect, answer.get("code"));
        assert.equal(token.scope, "records:read");
        const asked = (path) => fetch(`${house.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token.access_token}` } });
        assert.deepEqual((await (await asked("learners")).json()).items.map((one) => one.nickname), ["Robin"]);

        await page.goto(`${house.url}/account`);
        await page.getByRole("link", { name: "Apps that you have let in" }).click();
        await page.getByText("Only Robin.").waitFor();
        await page.getByRole("button", { name: "Shut out Demo app" }).press("Enter");
        await page.getByText("Shut out. It can no longer get in.").waitFor();
        await page.getByText("You have not let any app in.").waitFor();
        assert.equal((await asked("learners")).status, 401);

        // No is an answer too.
        await page.goto(asks(house, app.redirect));
        await page.getByRole("button", { name: "No, keep it out" }).press("Enter");
        await page.getByRole("heading", { name: "Back in the app" }).waitFor();
        assert.equal(new URL(page.url()).searchParams.get("error"), "access_denied");
        assert.deepEqual(window.complaints.filter((text) => !text.includes("422")), []);
      } finally {
        await app.end();
        await window.close();
      }
    });

    test(`who signs in before a faulty request is led back to the app ${name}`, async () => {
      const people = await family(house, ["Wren"]);
      const window = await open(house, options);
      const { page } = window;
      const app = await waits();
      try {
        const faulty = new URL(asks(house, app.redirect));
        faulty.searchParams.delete("code_challenge");
        await page.goto(faulty.href);
        await page.fill("#email", people.email);
        await page.fill("#password", PASSWORD);
        await page.getByRole("button", { name: "Sign in", exact: true }).press("Enter");
        await page.getByRole("heading", { name: "Back in the app" }).waitFor();
        const answer = new URL(page.url()).searchParams;
        assert.deepEqual([answer.get("error"), answer.get("state")], ["invalid_request", "kept"]);
        assert.deepEqual(window.complaints.filter((text) => !text.includes("400")), []);
      } finally {
        await app.end();
        await window.close();
      }
    });

    test(`one's own is registered and deleted ${name}`, async () => {
      const people = await family(house, ["Wren"]);
      const window = await open(house, options);
      const { page } = window;
      await people.enter(window.context);
      await page.goto(`${house.url}/account/apps`);
      await page.getByText("Register an app", { exact: true }).click();
      await page.getByLabel("Its name").fill("Twig");
      await page.getByLabel("Where its codes go").fill("org.example.twig:/signed-in\nhttp://127.0.0.1/signed-in");
      await page.getByRole("button", { name: "Register it" }).press("Enter");
      await page.getByText("App registered.").waitFor();
      await page.getByText("org.example.twig:/signed-in").waitFor();
      await page.getByRole("button", { name: "Delete Twig" }).press("Enter");
      await page.getByText("App deleted.").waitFor();
      window.wasQuiet();
      await window.close();
    });
  }
});
