// A parent with a phone: from the journal to a saved portfolio under another name.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { PHONE, family, open, signIn, suite, today } from "./house.js";
import { pictures } from "./pictures.js";

suite("On a phone", (house) => {
  test("an entry takes six taps and two typed fields, is found, changed, and becomes a portfolio under another name", async () => {
    const people = await family(house, ["Wren", "Robin"]);
    await people.write({ title: "Wren's first campfire", text: "WREN lit it. \"Again!\" said wren, and **Wr**en's brother too." }, ["Wren"]);
    const window = await open(house, PHONE);
    const { page } = window;
    await signIn(house, page, people.email);

    const effort = { taps: 0, typed: 0 };
    const tap = (locator) => {
      effort.taps += 1;
      return locator.tap();
    };
    const type = (label, text) => {
      effort.typed += 1;
      return page.getByLabel(label, { exact: true }).fill(text);
    };
    await tap(page.getByRole("link", { name: "What happened today?" }));
    await tap(chip(page, "Wren"));
    await tap(chip(page, "Robin"));
    const chooser = page.waitForEvent("filechooser");
    await tap(page.getByText("Add photos"));
    effort.taps += 1; // both files at once, in the phone's own chooser
    await (await chooser).setFiles(await pictures(house));
    await page.locator("#photos-previews img").nth(1).waitFor();
    await type("Title", "A den in the wood");
    await type("What happened", "Wren and Robin built a den. Wren's roof held.");
    await tap(page.getByRole("button", { name: "Save", exact: true }));
    await page.getByRole("status").getByText("Saved.").waitFor();
    assert.ok(effort.taps <= 6 && effort.typed <= 2, JSON.stringify(effort));

    await page.goto(`${house.url}/`);
    const day = page.locator(`section:has(#day-${today()})`);
    assert.match(await day.locator("h2").innerText(), /Today/);
    const card = day.locator("article", { hasText: "A den in the wood" });
    assert.equal(await card.locator("img").count(), 2);
    assert.deepEqual(await card.locator(".people li").allInnerTexts(), ["Wren", "Robin"]);
    await card.getByRole("link").tap();
    await page.getByRole("heading", { name: "A den in the wood" }).waitFor();
    const shown = await page.locator(".gallery img").evaluateAll((all) => Promise.all(all.map((img) => {
      img.loading = "eager";
      return img.decode().then(() => img.naturalWidth > 0);
    })));
    assert.deepEqual(shown, [true, true]);

    await page.getByRole("link", { name: "Change" }).tap();
    await page.getByLabel("What happened", { exact: true }).fill("Wren and Robin built a den of hazel. Wren's roof held.");
    await page.getByLabel("Caption").first().fill("Wren under the roof");
    await page.getByRole("button", { name: "Save", exact: true }).tap();
    await page.getByText("built a den of hazel").waitFor();
    await page.getByText("Wren under the roof").waitFor();

    await page.goto(`${house.url}/portfolio`);
    await page.getByLabel("Title", { exact: true }).fill("Wren's year outdoors");
    await chip(page, "Wren").tap();
    await page.getByText("Small photos").tap();
    await page.getByRole("button", { name: "Make the portfolio" }).tap();
    await page.getByRole("heading", { name: "Wren's year outdoors" }).waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /^Save it as it is/ }).tap()]);
    const file = join(house.folder, download.suggestedFilename());
    await download.saveAs(file);
    window.wasQuiet();
    await window.close();

    await savedUnderAnotherName(house, file, "Wren", "Kit");
  });
});

// Opens the document from the disk with no network, changes the name in its box, saves, and reads what was saved.
async function savedUnderAnotherName(house, file, nickname, other) {
  const window = await open(house, { ...PHONE, offline: true });
  const { context, page, requests, complaints } = window;
  await context.setOffline(true);
  await page.goto(pathToFileURL(file).href);
  await page.getByRole("heading", { name: "Wren's year outdoors" }).waitFor();
  await page.getByLabel("Name to show").fill(other);
  await page.getByText(/places change/).waitFor();
  const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save a copy" }).tap()]);
  const name = saved.suggestedFilename();
  const copy = join(house.folder, `copy of ${name}`);
  await saved.saveAs(copy);
  assert.ok(!holds(name, nickname), name);
  assert.ok(holds(name, other), name);

  const source = await readFile(copy, "utf8");
  const words = source.replace(/data:image\/[a-z]+;base64,[A-Za-z0-9+/=]+/g, "data:");
  assert.ok((source.match(/data:image\//g) ?? []).length >= 2, "the photos went along");
  assert.ok(!holds(words, nickname), words.slice(Math.max(0, words.toLowerCase().indexOf(nickname.toLowerCase()) - 80)).slice(0, 200));
  assert.ok(!/<script/i.test(words), "a script is left");
  assert.ok(!words.includes("hec-box"), "the box is left");

  await page.goto(pathToFileURL(copy).href);
  await page.getByRole("heading", { name: `${other}'s year outdoors` }).waitFor();
  assert.equal(await page.title().then((title) => holds(title, other)), true);
  const everything = await page.evaluate(() => [
    document.documentElement.textContent,
    ...[...document.querySelectorAll("*")].flatMap((e) => [...e.attributes].map((a) => a.value)).filter((v) => !v.startsWith("data:")),
  ].join("\n"));
  assert.ok(!holds(everything, nickname), "the name can still be read");
  await page.getByText(`${other} and Robin built a den of hazel. ${other}'s roof held.`).waitFor();
  await page.getByText(`${other.toUpperCase()} lit it.`).waitFor();
  const pictures = await page.locator("main img").evaluateAll((all) => Promise.all(all.map((img) => img.decode().then(() => img.naturalWidth))));
  assert.equal(pictures.length, 2);

  assert.deepEqual(requests.filter((url) => !/^(file|data|blob):/.test(url)), [], "the document asked for something");
  assert.deepEqual(complaints, [], "the console complained");
  await window.close();
}

const chip = (page, name) => page.locator(".chip label", { hasText: name }).first();
const holds = (text, name) => text.toLowerCase().includes(name.toLowerCase());
