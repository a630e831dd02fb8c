// Pictures of HEC as a family sees it: HEC_BIN=target/debug/hec node tests/browser/screenshots.mjs FOLDER
// FOLDER/readme.png is for the README (packaging/screenshot.png, there with 256 colours).
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { DESK, PHONE, launch, serve, signIn } from "./house.js";

const folder = process.argv[2];
if (!folder) throw new Error("usage: screenshots.mjs FOLDER");
await mkdir(folder, { recursive: true });
const server = await serve();
const browser = await launch();
const [{ email, password }] = server.accounts;
const TITLE = "The beach in winter coats";
const photos = [];

try {
  await write();
  for (const colorScheme of ["light", "dark"]) {
    for (const [size, options] of [["phone", PHONE], ["desk", DESK]]) {
      const context = await browser.newContext({ ...options, deviceScaleFactor: 2, colorScheme, locale: "en-GB" });
      const page = await context.newPage();
      const snap = async (name, whole = false) => {
        await page.evaluate(() => Promise.all([...document.images].map((image) => {
          image.loading = "eager";
          return image.decode().catch(() => {});
        })));
        await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`), fullPage: whole });
      };
      await signIn(server, page, email, password);
      // The line that says so on every page of the demo is left out of the pictures.
      const goto = async (path) => {
        await page.goto(new URL(path, server.url).href);
        await page.locator(".demo").evaluateAll((all) => all.forEach((line) => line.remove()));
      };
      await goto("/");
      await snap("journal");
      if (size === "desk") {
        await page.setViewportSize({ width: 960, height: 860 });
        await snap("journal-narrower");
        await page.setViewportSize(options.viewport);
      }
      const entry = await page.getByRole("link", { name: TITLE }).first().getAttribute("href");
      await goto("/entries/new");
      if (size === "phone") {
        for (const child of [0, 2]) await page.locator(".chip label").nth(child).tap();
        await page.locator("#photos").setInputFiles(photos.slice(1));
        await page.locator("#title").fill("Rock pools");
        await page.locator("#text").fill("Two shore crabs, a blenny and one very cross limpet. Stayed till the tide came in.");
        await page.locator("h1").click();
      }
      await snap("new-entry");
      await goto(entry);
      await snap("entry", true);
      await goto("/portfolio");
      const portfolio = await page.locator("main .item a").first().getAttribute("href");
      await goto(portfolio);
      await snap("portfolio", true);
      const file = join(folder, "portfolio.html");
      await writeFile(file, await (await context.request.get(`${server.url}${portfolio}/download`)).body());
      await goto(pathToFileURL(file).href);
      await snap("document");
      await page.locator("#hec-box").evaluate((box) => box.remove());
      await snap("document-without-box");
      await context.close();
    }
  }
  await readme(["journal-narrower-desk-light.png", "journal-phone-light.png"]);
} finally {
  await browser.close();
  await server.stop();
}

// Today's entry, with pictures that the demo has drawn.
async function write() {
  const context = await browser.newContext({ ...DESK, locale: "en-GB" });
  const page = await context.newPage();
  await signIn(server, page, email, password);
  for (const alt of ["Sandcastle", "Shells", "Pebbles"]) {
    await page.goto(`${server.url}/search?q=${alt === "Pebbles" ? "stones" : "beach"}`);
    const thumb = await page.locator(`img[alt^="${alt}"]`).first().getAttribute("src");
    const reply = await context.request.get(server.url + thumb.replace(/(thumb|screen)(?=\?|$)/, "original"));
    photos.push({ name: `${alt.toLowerCase()}.jpg`, mimeType: "image/jpeg", buffer: await reply.body() });
  }
  await page.goto(`${server.url}/entries/new`);
  for (const child of [0, 1, 2]) await page.locator(".chip label").nth(child).click();
  await page.locator("#photos").setInputFiles(photos);
  await page.locator("#title").fill(TITLE);
  await page.locator("#text").fill("Castle, moat, harbour. Bertie put the shells in order of size and Maisie laid stones round and round until she was dizzy. We counted the waves between the big ones.");
  await page.getByText("Their own words", { exact: true }).click();
  await page.getByLabel("What Bertie said").fill("The sea ate the harbour in four bites.");
  await page.locator(".chip label", { hasText: "Good" }).nth(1).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved.").waitFor();
  await context.close();
}

// The larger screen with the phone in front of it.
async function readme(names) {
  const [desk, phone] = await Promise.all(names.map(async (name) => `data:image/png;base64,${(await readFile(join(folder, name))).toString("base64")}`));
  const page = await browser.newPage({ viewport: { width: 1000, height: 720 }, deviceScaleFactor: 1 });
  await page.setContent(`<style>
    body { margin: 0; height: 720px; position: relative; overflow: hidden; background: #dfe6da; }
    img { position: absolute; box-shadow: 0 12px 32px -8px rgb(40 50 35 / .35); }
    .desk { left: 36px; top: 36px; width: 730px; border-radius: 12px; }
    .phone { right: 36px; top: 168px; width: 240px; border-radius: 26px; border: 6px solid #28241d; }
  </style><img class="desk" src="${desk}"><img class="phone" src="${phone}">`);
  await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
  await page.screenshot({ path: join(folder, "readme.png") });
  await page.close();
}
