// Passkeys, kept by the browser's own virtual authenticator: made, signed in with, beside a password, removed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DESK, PASSWORD, PHONE, family, open, suite } from "./house.js";

// Passkeys belong to a name, and the house's own is its address.
const named = (house) => ({ ...house, url: house.url.replace("127.0.0.1", "localhost") });

// A place for passkeys, with a person whose finger is always the right one.
async function authenticator({ context, page }) {
  const tools = await context.newCDPSession(page);
  await tools.send("WebAuthn.enable");
  const { authenticatorId } = await tools.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
  return {
    kept: async () => (await tools.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    verifies: (isUserVerified) => tools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
  };
}

suite("Passkeys", (address) => {
  for (const [size, options, older] of [["phone", PHONE, false], ["desk", DESK, true]]) {
    test(`are made, sign somebody in and stand beside a password (${size}${older ? ", an older browser" : ""})`, async () => {
      const house = named(address);
      const people = await family(house, ["Wren"]);
      const window = await open(house, options);
      const { page } = window;
      if (older) {
        await page.addInitScript(() => {
          for (const name of ["parseCreationOptionsFromJSON", "parseRequestOptionsFromJSON"]) delete PublicKeyCredential[name];
        });
      }
      // The virtual authenticator would choose from the browser's own list by itself.
      await page.addInitScript(() => {
        PublicKeyCredential.isConditionalMediationAvailable = async () => false;
      });
      const finger = await authenticator(window);
      await people.enter(window.context);
      await page.goto(`${house.url}/account/security`);
      await page.getByRole("link", { name: "Add a passkey" }).click();
      await page.getByLabel("What to call it").fill("");
      await page.getByRole("button", { name: "Add a passkey" }).click();
      await page.getByRole("alert").waitFor();
      await page.getByLabel("What to call it").fill("My phone");
      await page.getByRole("button", { name: "Add a passkey" }).click();
      await page.getByRole("heading", { name: "Your recovery codes" }).waitFor();
      const codes = await page.locator(".codes li").allTextContents();
      assert.equal(codes.length, 10);
      // None was made for the name that was refused.
      const kept = await finger.kept();
      assert.deepEqual(kept.map((one) => [one.rpId, one.isResidentCredential]), [["localhost", true]]);
      await page.getByRole("link", { name: "I have them on paper" }).click();
      await page.getByRole("heading", { name: "My phone" }).waitFor();
      await page.locator("summary", { hasText: "Rename" }).press("Enter");
      await page.getByLabel("What to call it").fill("My tablet");
      await page.getByRole("button", { name: "Save" }).press("Enter");
      await page.getByRole("status").getByText("The passkey has its new name").waitFor();
      await page.locator("summary", { hasText: "Rename" }).press("Enter");
      await page.getByLabel("What to call it").fill("My phone");
      await page.getByRole("button", { name: "Save" }).press("Enter");
      await page.getByRole("heading", { name: "My phone" }).waitFor();
      const signOut = async () => {
        await page.goto(`${house.url}/account`);
        await page.getByRole("button", { name: "Sign out" }).click();
        await page.waitForURL(`${house.url}/sign-in?*`);
      };
      await signOut();

      // Without a password. A finger that is not known lets nobody in.
      await page.goto(`${house.url}/sign-in?next=/learners`);
      await finger.verifies(false);
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await page.getByText("Nothing came of it").waitFor();
      await finger.verifies(true);
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await page.waitForURL(`${house.url}/learners`);
      await page.goto(`${house.url}/account/security`);
      await page.getByText("Signed in with a passkey").first().waitFor();
      await signOut();

      // Beside a password, in place of a code.
      await page.goto(`${house.url}/sign-in?next=/learners`);
      await page.fill("#email", people.email);
      await page.fill("#password", PASSWORD);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.waitForURL(`${house.url}/sign-in/code?*`);
      // Where the wait for it is over, the button leads back to the password.
      const waits = (await window.context.cookies()).filter((one) => one.name.endsWith("hec-code"));
      assert.equal(waits.length, 1);
      await window.context.clearCookies({ name: waits[0].name });
      await page.getByRole("button", { name: "Use a passkey" }).click();
      await page.waitForURL(`${house.url}/sign-in?*`);
      await page.fill("#email", people.email);
      await page.fill("#password", PASSWORD);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.waitForURL(`${house.url}/sign-in/code?*`);
      await page.getByRole("button", { name: "Use a passkey" }).click();
      await page.waitForURL(`${house.url}/learners`);

      await page.goto(`${house.url}/account/security`);
      await page.getByRole("button", { name: "Remove My phone" }).click();
      await page.getByRole("status").getByText("Passkey removed").waitFor();
      assert.equal(await page.getByRole("heading", { name: "My phone" }).count(), 0);
      await signOut();
      await page.goto(`${house.url}/sign-in`);
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await page.getByRole("alert").getByText("That passkey does not belong here").waitFor();
      // Forms that come back say 422, which the console repeats.
      window.complaints.splice(0, Infinity, ...window.complaints.filter((text) => !/ 4(01|22|29)/.test(text)));
      window.wasQuiet();
      await window.close();
    });
  }

  test("are offered in the email field where the browser does so, and nothing is said where it does not", async () => {
    const house = named(address);
    const people = await family(house, ["Wren"]);
    const window = await open(house, PHONE);
    const { page } = window;
    // The list that a browser opens under a field is no part of the page: here a call chooses from it.
    await page.addInitScript(() => {
      const get = navigator.credentials.get.bind(navigator.credentials);
      PublicKeyCredential.isConditionalMediationAvailable = async () => !location.search.includes("none");
      navigator.credentials.get = ({ mediation, ...asked }) => (mediation !== "conditional" ? get(asked) : new Promise((resolve, reject) => {
        asked.signal.addEventListener("abort", () => reject(asked.signal.reason));
        globalThis.choose = () => { get(asked).then(resolve, reject); };
      }));
    });
    await authenticator(window);
    await people.enter(window.context);
    await page.goto(`${house.url}/account/security/passkeys/new`);
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByRole("link", { name: "I have them on paper" }).click();
    const signOut = async () => {
      await page.goto(`${house.url}/account`);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.waitForURL(`${house.url}/sign-in?*`);
    };
    await signOut();
    await page.goto(`${house.url}/sign-in?next=/learners`);
    assert.equal(await page.locator("#email").getAttribute("autocomplete"), "username webauthn");
    await page.waitForFunction(() => globalThis.choose);
    await page.evaluate(() => globalThis.choose());
    await page.waitForURL(`${house.url}/learners`);
    await signOut();
    // While it is offered, the button does as before.
    await page.goto(`${house.url}/sign-in?next=/learners`);
    await page.waitForFunction(() => globalThis.choose);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.waitForURL(`${house.url}/learners`);
    await signOut();
    // Without such an offer nothing is asked for by itself.
    const asked = () => window.requests.filter((url) => url.endsWith("/passkeys/challenge")).length;
    await page.goto(`${house.url}/sign-in?next=/learners&none`);
    const before = asked();
    await page.fill("#email", people.email);
    await page.fill("#password", PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.waitForURL(`${house.url}/sign-in/code?*`);
    assert.equal(asked(), before);
    window.wasQuiet();
    await window.close();
  });

  test("that were removed are refused once, and not sent again until somebody asks", async () => {
    const house = named(address);
    const people = await family(house, ["Wren"]);
    const window = await open(house, PHONE);
    const { page } = window;
    // A browser that chooses from its list by itself, each time that it may, as if somebody always tapped.
    await page.addInitScript(() => {
      const get = navigator.credentials.get.bind(navigator.credentials);
      PublicKeyCredential.isConditionalMediationAvailable = async () => true;
      navigator.credentials.get = ({ mediation, ...asked }) => get(asked);
    });
    await authenticator(window);
    await people.enter(window.context);
    await page.goto(`${house.url}/account/security/passkeys/new`);
    await page.getByText("your password alone no longer signs you in").waitFor();
    await page.getByLabel("What to call it").fill("My phone");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByRole("link", { name: "I have them on paper" }).click();
    await page.getByRole("button", { name: "Remove My phone" }).click();
    await page.getByRole("status").getByText("Passkey removed").waitFor();
    let sent = 0;
    let asked = 0;
    page.on("request", (request) => {
      if (request.method() !== "POST") return;
      if (request.url().endsWith("/sign-in")) sent += 1;
      if (request.url().endsWith("/passkeys/challenge")) asked += 1;
    });
    await page.goto(`${house.url}/account`);
    await page.getByRole("button", { name: "Sign out" }).click();
    const refused = page.getByRole("alert").getByText("That passkey does not belong here");
    await refused.waitFor();
    await page.waitForLoadState("networkidle");
    assert.deepEqual([sent, asked], [1, 1]);
    // Whoever asks is answered once more.
    await Promise.all([
      page.waitForResponse((reply) => reply.url().endsWith("/sign-in") && reply.request().method() === "POST"),
      page.getByRole("button", { name: "Sign in with a passkey" }).click(),
    ]);
    await refused.waitFor();
    await page.waitForLoadState("networkidle");
    assert.deepEqual([sent, asked], [2, 2]);
    window.complaints.splice(0, Infinity, ...window.complaints.filter((text) => !/ 4(01|22|29)/.test(text)));
    window.wasQuiet();
    await window.close();
  });

  test("are out of sight where there are no scripts, and everything else goes on", async () => {
    const house = named(address);
    const people = await family(house, ["Wren"]);
    const window = await open(house, { ...PHONE, javaScriptEnabled: false });
    const { page } = window;
    await page.goto(`${house.url}/sign-in`);
    assert.equal(await page.getByText("passkey").filter({ visible: true }).count(), 0);
    await page.fill("#email", people.email);
    await page.fill("#password", PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.waitForURL(`${house.url}/`);
    await page.goto(`${house.url}/account/security/passkeys/new`);
    await page.getByText("This browser cannot make passkeys, or scripts are off.").waitFor();
    window.wasQuiet();
    await window.close();
  });
});
