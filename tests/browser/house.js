// A HEC with made-up families on a free port, a browser, and people to use them. One of each serves every suite.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe } from "node:test";

// The packages may stand in a folder of their own, outside the clone.
const packages = createRequire(join(process.env.HEC_NODE_MODULES ?? import.meta.dirname, "package.json"));
const { chromium } = packages("playwright-core");
export const AXE = packages.resolve("axe-core/axe.min.js");

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
  // It asks its maker what a form's fields mean, and about accounts and updates. What a page asks, `wasQuiet` sees.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];
export const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
export const DESK = { viewport: { width: 1280, height: 800 } };
export const PASSWORD = "conkers and wellies";

export function launch() {
  return chromium.launch({ executablePath: process.env.HEC_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

// Starts the binary; it is ready when it has printed its line.
export async function serve() {
  assert.ok(process.env.HEC_BIN, "HEC_BIN names the binary under test");
  const env = { ...process.env, HEC_REGISTRATION: "open" };
  const child = spawn(process.env.HEC_BIN, ["demo", "--port", "0", "--json"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const first = new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  const line = await Promise.race([first, ended]);
  assert.equal(typeof line, "string", `hec demo ended with ${line}`);
  return {
    ...JSON.parse(line),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

const shared = { suites: 0 };

async function start() {
  const server = await serve();
  try {
    return [server, await launch()];
  } catch (error) {
    await server.stop();
    throw error;
  }
}

// A suite with the shared server (`house.url`, `house.accounts`), browser, and a scratch folder of its own.
export function suite(name, tests) {
  shared.suites += 1;
  describe(name, () => {
    const house = {};
    before(async () => {
      shared.started ??= start();
      const [server, browser] = await shared.started;
      Object.assign(house, server, { browser, folder: await mkdtemp(join(tmpdir(), "hec-browser-")) });
    });
    after(async () => {
      shared.suites -= 1;
      if (house.folder) await rm(house.folder, { recursive: true, force: true });
      if (shared.suites || !house.url) return;
      const [server, browser] = await shared.started;
      await browser.close();
      await server.stop();
    });
    tests(house);
  });
}

// A window of its own, watched: whatever a console complains of, and every request to somewhere else, is kept.
export async function open(house, options = {}) {
  const context = await house.browser.newContext({ locale: "en-GB", acceptDownloads: true, ...options });
  const page = await context.newPage();
  const complaints = [];
  const requests = [];
  context.on("request", (request) => requests.push(request.url()));
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.text()} (${page.url()})`);
  });
  page.setDefaultTimeout(20_000);
  return {
    context, page, requests, complaints,
    // Nothing was asked of another host, and no console complained.
    wasQuiet() {
      const local = (url) => url.startsWith(`${house.url}/`) || url.startsWith(`blob:${house.url}/`) || /^(data|file):/.test(url);
      assert.deepEqual(requests.filter((url) => !local(url)), [], "a request left the house");
      assert.deepEqual(complaints, [], "the console complained");
    },
    close: () => context.close(),
  };
}

let families = 0;

// A family of its own, empty but for its children; it comes with a cookie and ways of filling it.
export async function family(house, children = ["Wren", "Robin"]) {
  families += 1;
  const email = `parent${families}@example.org`;
  const registered = await send(house, "/register", { name: "Ash Field", email, password: PASSWORD, adult: "yes", family: "Field", learner: children[0] ?? "" });
  const cookie = registered.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
  const self = {
    email, cookie,
    post: (path, fields) => send(house, path, fields, cookie),
    get: async (path) => (await fetch(house.url + path, { headers: { cookie }, redirect: "manual" })).text(),
    // Adds an entry; `fields` as in the form, `children` by name.
    async write(fields, names = []) {
      const ids = self.learners.filter((one) => names.includes(one.name)).map((one) => one.id);
      const form = new FormData();
      const given = { date: today(), learner: ids, ...fields };
      for (const [name, values] of Object.entries(given)) for (const value of [values].flat()) form.append(name, value);
      await send(house, "/entries/new", form, cookie);
      return fields.title && self.find(fields.title);
    },
    // The address of the entry with that title.
    async find(title) {
      const page = await self.get(`/search?q=${encodeURIComponent(title)}`);
      return page.replaceAll("&#x2f;", "/").match(/href="(\/entries\/[0-9a-f-]{36})"/)[1];
    },
    // Signs a browser in without the form.
    async enter(context) {
      const cookies = cookie.split("; ").map((one) => one.split("="));
      await context.addCookies(cookies.map(([name, value]) => ({ name, value, url: house.url })));
    },
  };
  for (const name of children.slice(1)) await self.post("/learners", { nickname: name, colour: "sky" });
  const list = await self.get("/learners");
  self.learners = [...list.matchAll(/href="\/learners\/([0-9a-f-]{36})">([^<]+)</g)].map(([, id, name]) => ({ id, name }));
  assert.equal(self.learners.length, children.length);
  return self;
}

async function send(house, path, fields, cookie) {
  const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
  const headers = { origin: house.url, ...(cookie && { cookie }) };
  const reply = await fetch(house.url + path, { method: "POST", body, headers, redirect: "manual" });
  assert.equal(reply.status, 303, `POST ${path}: ${reply.status}`);
  return reply;
}

export async function signIn(house, page, email, password = PASSWORD) {
  await page.goto(`${house.url}/sign-in`);
  await page.fill("#email", email);
  await page.fill("#password", password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${house.url}/`);
}

// What an app for one-time codes shows (RFC 6238), now or so many steps later.
export function totp(secret, later = 0) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(" ", "")].map((one) => letters.indexOf(one).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((one) => parseInt(one, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const hash = createHmac("sha1", key).update(step).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

let opened;

// The cookies of whoever looks after the house, with its pages open: once for all windows, since a code works once.
export function operator(house) {
  opened ??= (async () => {
    const { email, password, totp_secret: secret } = house.accounts.find((one) => one.role === "operator");
    const context = await house.browser.newContext();
    const page = await context.newPage();
    await page.goto(`${house.url}/sign-in?next=/admin`);
    await page.fill("#email", email);
    await page.fill("#password", password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${house.url}/sign-in/code?*`);
    await page.fill("#code", totp(secret));
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${house.url}/admin/open?*`);
    await page.fill("#password", password);
    await page.fill("#code", totp(secret, 1));
    await page.getByRole("button", { name: "Go on" }).click();
    await page.waitForURL(`${house.url}/admin`);
    const cookies = await context.cookies();
    await context.close();
    return cookies;
  })();
  return opened;
}

export const today = (zone = "Europe/London") => new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(new Date());
