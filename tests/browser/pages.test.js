// Every page: accessible, quiet, as wide as its window, and light.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { AXE, DESK, PASSWORD, PHONE, family, open, operator, suite } from "./house.js";

const MOST = 60_000;

suite("Every page", (house) => {
  for (const colorScheme of ["light", "dark"]) {
    for (const [size, options] of [["phone", PHONE], ["desk", DESK]]) {
      test(`is accessible and quiet (${size}, ${colorScheme})`, { concurrency: false }, async () => {
        const axe = await readFile(AXE, "utf8");
        for (const { name, path, press, window } of await visits(house, { ...options, colorScheme })) {
          const { page } = window;
          await page.goto(new URL(path, house.url).href);
          await press?.(page);
          await page.evaluate(axe);
          // The preview is visited as a saved document.
          const found = await page.evaluate(() => globalThis.axe.run(document, { iframes: false, resultTypes: ["violations"] }));
          assert.deepEqual(found.violations.map(tell), [], `${name} (${path})`);
        }
        await closeAll();
      });
    }
  }

  // Without scripts some pages show fields that scripts put out of sight.
  for (const [what, javaScriptEnabled] of [["", true], [" without scripts", false]]) test(`fits a window of 320 pixels${what}`, async () => {
    for (const { name, path, press, window } of await visits(house, { ...PHONE, viewport: { width: 320, height: 640 }, javaScriptEnabled })) {
      const { page } = window;
      await page.goto(new URL(path, house.url).href);
      await press?.(page);
      await page.locator("details").evaluateAll((all) => all.forEach((fold) => { fold.open = true; }));
      const wide = await page.evaluate(() => {
        const room = document.documentElement.clientWidth;
        const scrolls = (element) => element && (/(auto|scroll|hidden|clip)/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
        const out = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > room + 1 && !scrolls(e));
        return { scroll: document.documentElement.scrollWidth, room, out: out.slice(0, 3).map((e) => e.outerHTML.slice(0, 100)) };
      });
      assert.deepEqual([wide.scroll <= wide.room, wide.out], [true, []], `${name} (${path})`);
    }
    await closeAll();
  });

  test("takes less than 60 KB without its photos", async (t) => {
    const list = await visits(house, DESK);
    const weights = [];
    for (const { name, path, press, window } of list) {
      // What answers a form comes on top of a page that is weighed already.
      if (path.startsWith("file:") || press) continue;
      const fresh = await open(house, DESK);
      await fresh.context.addCookies(await window.context.cookies());
      const replies = [];
      fresh.page.on("requestfinished", (request) => replies.push(request));
      await fresh.page.goto(house.url + path, { waitUntil: "load" });
      const parts = {};
      for (const request of replies) {
        const type = request.url().endsWith(".svg") || request.url().includes(".svg?") ? "icons" : request.resourceType();
        if (!["document", "stylesheet", "script", "icons"].includes(type) || request.frame() !== fresh.page.mainFrame()) continue;
        const { responseBodySize, responseHeadersSize } = await request.sizes();
        parts[type] = (parts[type] ?? 0) + responseBodySize + responseHeadersSize;
      }
      weights.push({ name, total: Object.values(parts).reduce((a, b) => a + b, 0), ...parts });
      await fresh.close();
    }
    await closeAll();
    for (const { name, ...parts } of weights) t.diagnostic(`${name}: ${JSON.stringify(parts)}`);
    assert.deepEqual(weights.filter((page) => page.total >= MOST), []);
  });
});

let windows = [];

// Every page with a window that may see it: nobody's, the owner of a full family, a family that has nothing yet, an
// account that belongs to no family, one of two owners, and a viewer who was made a carer. `press` leads to a page that answers a form.
async function visits(house, options) {
  windows = await Promise.all([1, 2, 3, 4, 5, 6, 7].map(() => open(house, options)));
  const [nobody, owner, newcomer, keeper, alone, pair, vera] = windows;
  await keeper.context.addCookies(await operator(house));
  const [{ email, password }] = house.accounts;
  const { page } = owner;
  await page.goto(`${house.url}/sign-in`);
  await page.fill("#email", email);
  await page.fill("#password", password);
  await page.locator("main form button:not([type=button])").click();
  await page.waitForURL(`${house.url}/`);
  const link = async (selector) => page.locator(selector).first().getAttribute("href");
  const entry = await link(".card:has(.photos) .card-title a");
  const bare = await link(".card:not(:has(.photos)) .card-title a");
  await page.goto(`${house.url}/learners`);
  const learner = await link("main .item a");
  await page.goto(`${house.url}/portfolio`);
  const portfolio = await link("main .item a");
  // The document, from the disk: HEC's own preview of it runs no scripts, so nothing could look at it there.
  const saved = join(house.folder, "portfolio.html");
  await writeFile(saved, await (await owner.context.request.get(`${house.url}${portfolio}/download`)).body());
  const asked = new URLSearchParams({
    response_type: "code", client_id: house.clients[0].client_id, redirect_uri: house.clients[0].redirect_uri, scope: "records:read records:write account:read",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256",
  });
  const none = await family(house, []);
  await none.enter(newcomer.context);
  const gone = await family(house, []);
  await gone.post("/family/delete", { name: "Field" });
  await gone.enter(alone.context);
  await (await owners(house)).enter(pair.context);
  await vera.context.addCookies(await promoted(house));
  const stepsDown = async (page) => {
    await page.locator('form[action^="/family/members/"] select').selectOption("carer");
    await page.locator('form[action^="/family/members/"] button').click();
    await page.locator('form[action^="/family/members/"] input[name="sure"]').waitFor({ state: "attached" });
  };
  const of = (window, whose, paths) => Object.entries(paths).map(([name, path]) => ({ name: `${whose}: ${name}`, path, window }));
  return [
    ...of(nobody, "nobody", { "sign in": "/sign-in", "password forgotten": "/sign-in/forgotten", register: "/register", help: "/help", "leaving safely": "/help/leaving", "impact assessment": "/help/dpia", "privacy notice": "/help/privacy-notice", "no invitation": "/family/join?invitation=used", "child's address, shut": "/learner/used", privacy: "/privacy", "set-up, used": "/setup?token=used", "link, used": "/reset?token=used", "no page": "/no/such/page" }),
    ...of(owner, "owner", {
      journal: "/", filtered: "/?kind=outing&from=2024-01-01", "nothing fits": "/?from=1990-01-01&to=1990-01-02", entry, "entry without photos": bare,
      "new entry": "/entries/new", "change entry": `${entry}/edit`, search: "/search", found: "/search?q=fract", "nothing found": "/search?q=zyzzyva",
      learners: "/learners", learner, subjects: "/subjects", portfolios: "/portfolio", portfolio, "for developers": "/docs", document: pathToFileURL(saved).href, account: "/account", "another name": "/account/details", "another email": "/account/email", "link to an address, used": "/account/email/confirm?token=used", family: "/family", "an account already": "/register", leave: "/family/leave", "delete the family": "/family/delete", "family log": "/family/log", "room for photos": "/family/room", "child's sign-in": `${learner}/sign-in`, apps: "/account/apps", "an app asks": `/oauth/authorize?${asked}`, help: "/help", safety: "/account/security", "another password": "/account/security/password", "second factor": "/account/security/factor", "new passkey": "/account/security/passkeys/new",
      "no entry": "/entries/00000000-0000-7000-8000-000000000000",
    }),
    ...of(keeper, "operator", { "this HEC": "/admin", invitations: "/admin/invitations", "apps of this HEC": "/admin/apps", mail: "/admin/mail", backups: "/admin/backups", families: "/admin/families", "operators' log": "/admin/log", "recovery code": "/admin/recovery", "sheet for the drawer": "/admin/sheet", "opening it": "/admin/open", safety: "/account/security", "no second factor": "/account/security/factor/off" }),
    ...of(alone, "no family", { "begin a new record": "/register", "no record": "/family" }),
    ...of(vera, "made a carer", { journal: "/", declaration: "/account/declaration" }),
    { name: "one of two owners: steps down", path: "/family", press: stepsDown, window: pair },
    ...of(newcomer, "newcomer", { journal: "/", "new entry": "/entries/new", search: "/search", learners: "/learners", portfolios: "/portfolio", account: "/account", apps: "/account/apps" }),
  ];
}

// A family with two owners; the one who began it.
async function owners(house) {
  const [one, other] = [await family(house, []), await family(house, [])];
  await other.post("/family/join", { invitation: await invitation(house, one, "carer") });
  await one.post(await member(one), { role: "owner" });
  return one;
}

// Whoever came in to read along, and was made a carer since; as cookies.
async function promoted(house) {
  const one = await family(house, []);
  const fields = { invitation: await invitation(house, one, "viewer"), name: "Vera", email: `vera.${one.email}`, password: PASSWORD, adult: "yes" };
  const joined = await fetch(`${house.url}/family/join`, { method: "POST", redirect: "manual", headers: { origin: house.url }, body: new URLSearchParams(fields) });
  assert.equal(joined.status, 303);
  await one.post(await member(one), { role: "carer" });
  const cookies = joined.headers.getSetCookie().map((cookie) => cookie.split(";")[0].split("="));
  return cookies.map(([name, value]) => ({ name, value, url: house.url }));
}

const read = (page) => page.replaceAll("&#x2f;", "/");

// The secret of a new invitation.
async function invitation(house, owner, role) {
  const headers = { origin: house.url, cookie: owner.cookie };
  const shown = await fetch(`${house.url}/family/invitations`, { method: "POST", headers, body: new URLSearchParams({ role }) });
  return read(await shown.text()).match(/invitation=([\w-]+)/)[1];
}

// Where the role of the one other adult is changed.
async function member(owner) {
  return read(await owner.get("/family")).match(/action="(\/family\/members\/[0-9a-f-]{36})"/)[1];
}

async function closeAll() {
  for (const window of windows.splice(0)) {
    // A page that says "no such page" has that status, which the console repeats.
    window.complaints.splice(0, Infinity, ...window.complaints.filter((text) => !text.includes("404")));
    window.wasQuiet();
    await window.close();
  }
}

const tell = (violation) => `${violation.id}: ${violation.help}: ${violation.nodes.map((node) => `${node.html} ${node.failureSummary}`).join(" | ").slice(0, 700)}`;
