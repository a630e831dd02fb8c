// Photographs from real cameras keep no place, camera or date (HEC_TEST_PHOTOS is the folder that tests/photos fills).
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { PHONE, family, open, suite } from "./house.js";

const folder = process.env.HEC_TEST_PHOTOS;
const tool = process.env.HEC_EXIFTOOL ?? "exiftool";
// What describes the picture itself: its size and coding, which way up it is, how its colours are meant.
const KEPT = /^(SourceFile|ExifTool:|System:|File:|JFIF:|Composite:(ImageSize|Megapixels)|ICC|IFD0:(Orientation|XResolution|YResolution|ResolutionUnit|YCbCrPositioning))/;
const TELLING = /gps|latitude|longitude|make$|model|serial|lens|owner|artist|author|creator|software|date|time|maker|comment|description|keywords|xmp|iptc|photoshop/i;

suite("Photographs", (house) => {
  test("from cameras lose place, camera and date in every size", { skip: !folder && "HEC_TEST_PHOTOS is not set" }, async () => {
    const people = await family(house, ["Wren"]);
    const window = await open(house, PHONE);
    const { context, page } = window;
    await people.enter(context);
    await page.goto(`${house.url}/entries/new`);
    const files = ["iphone-4s-gps-1.jpg", "lumia-820-gps.jpg"].map((name) => join(folder, name));
    for (const tags of read(files)) assert.ok(Object.keys(tags).some((name) => /GPSLatitude/.test(name)), "the test photo tells where it was taken");
    await page.locator("#photos").setInputFiles(files);
    await page.getByLabel("Title", { exact: true }).fill("Starfish");
    await page.getByRole("button", { name: "Save", exact: true }).tap();
    await page.getByText("Saved.").waitFor();
    await page.getByRole("link", { name: "Starfish" }).tap();
    await page.locator(".gallery").waitFor();
    const screens = await page.locator(".gallery img").evaluateAll((all) => all.map((img) => img.src));
    assert.equal(screens.length, 2);
    const saved = [];
    for (const screen of screens) {
      for (const size of ["original", "screen", "thumb"]) {
        assert.match(screen, /\/screen(\?|$)/);
        const address = screen.replace(/\/screen(?=\?|$)/, `/${size}`);
        const reply = await context.request.get(address);
        assert.equal(reply.status(), 200, address);
        assert.equal(reply.headers()["content-type"], "image/jpeg");
        const file = join(house.folder, `${saved.length}-${size}.jpg`);
        await writeFile(file, await reply.body());
        saved.push(file);
      }
    }
    for (const tags of read(saved)) {
      const left = Object.keys(tags).filter((name) => !KEPT.test(name) || (!/^(System|File|ExifTool|ICC)/.test(name) && TELLING.test(name)));
      assert.deepEqual(left, [], tags.SourceFile);
    }
    window.wasQuiet();
    await window.close();
  });
});

const read = (files) => JSON.parse(execFileSync(tool, ["-json", "-G1", "-a", "-ee", ...files], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
