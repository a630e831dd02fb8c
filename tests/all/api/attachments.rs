//! Pictures of an entry: in, out, and gone.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Log, Person, Reply, SendExt, TestApp, UNKNOWN, gif, jpeg, jpeg_of, png, webp};

/// A picture under the caller's own id.
async fn put(person: &Person, entry: &str, id: &str, bytes: Vec<u8>) -> Reply {
    let ask = person.ask(Method::PUT, &format!("/entries/{entry}/attachments/{id}?filename=a.jpg"));
    ask.header("content-type", "image/jpeg").body(bytes).reply().await
}

fn path(attachment: &Value) -> String {
    format!("/attachments/{}", attachment["id"].as_str().unwrap())
}

fn sides(reply: &Reply) -> (u32, u32) {
    let picture = image::load_from_memory(&reply.bytes).unwrap();
    (picture.width(), picture.height())
}

#[tokio::test]
async fn a_picture_comes_back_in_three_sizes() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let added = ana.upload(&entry, "leaf.jpg", jpeg_of(2000, 1000, 9)).await.assert(201).json();
    assert_eq!((&added["width"], &added["height"], &added["caption"]), (&json!(2000), &json!(1000), &json!(null)));
    for (size, expected) in [("thumb", (400, 200)), ("screen", (1600, 800)), ("original", (2000, 1000))] {
        let reply = ana.get(&format!("{}?size={size}", path(&added))).await.assert(200);
        assert_eq!((sides(&reply), reply.header("content-type")), (expected, "image/jpeg"), "{size}");
        assert_eq!(reply.header("content-length"), reply.bytes.len().to_string());
        let page = ana.visit(&format!("/media/{}/{size}", added["id"].as_str().unwrap())).await.assert(200);
        assert_eq!(page.bytes, reply.bytes);
    }
    let original = ana.get(&path(&added)).await.assert(200);
    assert_eq!(added["bytes"], original.bytes.len());
    ana.get(&format!("{}?size=huge", path(&added))).await.assert_refused("size", "not-one-of");
}

#[tokio::test]
async fn bytes_decide_what_a_picture_is() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    for (bytes, media_type) in [(jpeg(1), "image/jpeg"), (png(1), "image/png"), (webp(1), "image/webp")] {
        let added = ana.upload(&entry, "x.jpg", bytes).await.assert(201).json();
        assert_eq!(added["media_type"], media_type);
        assert_eq!(ana.get(&path(&added)).await.header("content-type"), media_type);
        assert_eq!(ana.get(&format!("{}?size=thumb", path(&added))).await.header("content-type"), "image/jpeg");
    }
}

#[tokio::test]
async fn what_is_no_picture_is_refused_and_leaves_no_file() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let html = b"<!doctype html><script>alert(1)</script>".to_vec();
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec();
    for bytes in [gif(), html, svg, b"%PDF-1.7".to_vec(), b"PK\x03\x04".to_vec(), vec![0; 64]] {
        ana.upload(&entry, "leaf.jpg", bytes).await.assert_refused("file", "picture-type");
    }
    ana.upload(&entry, "leaf.jpg", Vec::new()).await.assert_problem(422);
    let whole = jpeg(1);
    ana.upload(&entry, "leaf.jpg", whole[..whole.len() / 3].to_vec()).await.assert_refused("file", "picture-damaged");
    assert_eq!(app.blobs(), 0);
}

#[tokio::test]
async fn a_picture_that_is_also_a_page_is_only_a_picture_afterwards() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let plain = jpeg(1);
    let comment = b"<html><script>alert(document.cookie)</script>";
    let length = u16::try_from(comment.len() + 2).unwrap().to_be_bytes();
    let polyglot =
        [&plain[..2], &[0xff, 0xfe], &length, comment, &plain[2..], b"PK\x03\x04<script>alert(2)</script>"].concat();
    let added = ana.upload(&entry, "leaf.html", polyglot).await.assert(201).json();
    for size in ["original", "screen", "thumb"] {
        let reply = ana.get(&format!("{}?size={size}", path(&added))).await.assert(200);
        assert_eq!((reply.header("content-type"), reply.header("x-content-type-options")), ("image/jpeg", "nosniff"));
        let held = |needle: &[u8]| reply.bytes.windows(needle.len()).any(|bytes| bytes == needle);
        assert!(!held(b"script") && !held(b"PK\x03\x04"), "{size}");
    }
}

#[tokio::test]
async fn bytes_and_pixels_are_bounded_and_the_bound_is_named() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let mut padded = jpeg(1);
    padded.resize(25_000_001, 0);
    ana.upload(&entry, "big.jpg", padded).await.assert_problem(413).assert_says("25000000");
    // The header of a picture of 65,000 by 65,000 pixels is enough to be refused.
    let mut wide = png(1);
    wide[16..24].copy_from_slice(&[0, 0, 0xfd, 0xe8, 0, 0, 0xfd, 0xe8]);
    let mut crc = flate2::Crc::new();
    crc.update(&wide[12..29]);
    wide[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    let refused = ana.upload(&entry, "wide.png", wide).await.assert_refused("file", "picture-pixels");
    assert_eq!(refused["max"], 64);
    assert_eq!(app.blobs(), 0);
}

#[tokio::test]
async fn a_caption_is_set_bounded_and_taken_away() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let added = ana.upload(&entry, "leaf.jpg", jpeg(1)).await.assert(201).json();
    let path = path(&added);
    let caption = "An oak’s leaf & <b>an acorn</b>";
    assert_eq!(ana.patch(&path, json!({ "caption": caption })).await.assert(200).json()["caption"], caption);
    assert_eq!(ana.titles("/search?q=acorn").await, ["Leaves"]);
    let long = ana.patch(&path, json!({ "caption": "x".repeat(501) })).await;
    assert_eq!(long.assert_refused("caption", "too-long")["max"], 500);
    ana.patch(&path, json!({ "caption": "x", "alt": "y" })).await.assert_problem(422);
    assert_eq!(ana.patch(&path, json!({ "caption": null })).await.assert(200).json()["caption"], json!(null));
    let entry = ana.get(&format!("/entries/{entry}")).await.json();
    assert_eq!((&entry["version"], &entry["attachments"][0]["caption"]), (&json!(4), &json!(null)));
}

#[tokio::test]
async fn a_picture_that_is_taken_away_leaves_the_disk() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let one = ana.upload(&entry, "one.jpg", jpeg(1)).await.assert(201).json();
    ana.upload(&entry, "two.jpg", jpeg(2)).await.assert(201);
    assert_eq!(app.blobs(), 6);
    ana.delete(&path(&one)).await.assert(204);
    assert_eq!(app.blobs(), 3);
    ana.get(&path(&one)).await.assert_problem(404);
    ana.delete(&path(&one)).await.assert_problem(404);
}

#[tokio::test]
async fn a_deleted_entrys_pictures_stay_until_it_is_purged() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let one = ana.upload(&entry, "one.jpg", jpeg(1)).await.assert(201).json();
    ana.delete(&format!("/entries/{entry}")).await.assert(204);
    ana.get(&path(&one)).await.assert_problem(404);
    ana.post(&format!("/entries/{entry}/restore"), json!(null)).await.assert(200);
    ana.get(&path(&one)).await.assert(200);
    ana.delete(&format!("/entries/{entry}")).await.assert(204);
    app.days_pass(31);
    let purge = hec::wiring::JOBS.iter().find(|job| job.name == "purge deleted entries").unwrap();
    let site = app.app.clone();
    tokio::task::spawn_blocking(move || (purge.run)(&site)).await.unwrap().unwrap();
    assert_eq!(app.blobs(), 0);
}

#[tokio::test]
async fn an_entry_holds_forty_pictures() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let small = jpeg_of(2, 2, 1);
    for number in 0..40 {
        ana.upload(&entry, &format!("{number}.jpg"), small.clone()).await.assert(201);
    }
    let refused = ana.upload(&entry, "40.jpg", small).await.assert_refused("file", "too-many");
    assert_eq!((&refused["max"], app.blobs()), (&json!(40), 120));
}

#[tokio::test]
async fn the_same_upload_again_changes_nothing() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let (entry, other) = (ana.notes("Leaves").await, ana.notes("Twigs").await);
    let created = put(&ana, &entry, UNKNOWN, jpeg(1)).await.assert(201).json();
    assert_eq!(created["id"], UNKNOWN);
    assert_eq!(put(&ana, &entry, UNKNOWN, jpeg(1)).await.assert(200).json(), created);
    put(&ana, &entry, UNKNOWN, jpeg(2)).await.assert_problem(412);
    put(&ana, &other, UNKNOWN, jpeg(1)).await.assert_problem(412);
    assert_eq!(app.blobs(), 3);
    assert_eq!(ana.get(&format!("/entries/{entry}")).await.json()["version"], 2);
}

#[tokio::test]
async fn a_picture_is_replaced_under_its_tag() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let added = ana.upload(&entry, "a.jpg", jpeg(1)).await.assert(201);
    let (tag, added) = (added.header("etag").to_owned(), added.json());
    ana.patch(&path(&added), json!({ "caption": "A leaf" })).await.assert(200);
    let replace = |tag: String, blue| {
        let ask = ana.ask(Method::PUT, &format!("/entries/{entry}{}", path(&added))).header("if-match", tag);
        ask.header("content-type", "image/jpeg").body(jpeg(blue)).reply()
    };
    let replaced = replace(tag.clone(), 2).await.assert(200);
    assert_eq!(replaced.json()["caption"], "A leaf");
    assert_ne!(replaced.header("etag"), tag);
    replace(tag, 3).await.assert_problem(412);
    assert_eq!(app.blobs(), 3);
}

#[tokio::test]
async fn a_file_is_served_where_it_can_do_nothing() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let added = ana.upload(&entry, "leaf.jpg", jpeg(1)).await.assert(201).json();
    let media = format!("/media/{}/original", added["id"].as_str().unwrap());
    for reply in [ana.get(&path(&added)).await, ana.visit(&media).await] {
        let reply = reply.assert(200);
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'; sandbox");
        assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin");
        assert!(reply.header("cache-control").starts_with("private"), "{}", reply.header("cache-control"));
        assert!(reply.header("vary").contains("Cookie"));
        assert_eq!(reply.header("content-disposition"), "inline; filename=\"leaf.jpg\"; filename*=UTF-8''leaf.jpg");
    }
}

#[tokio::test]
async fn a_file_whose_beginning_is_damaged_is_not_served() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let added = ana.upload(&entry, "leaf.jpg", jpeg(1)).await.assert(201).json();
    let tag = ana.get(&path(&added)).await.assert(200).header("etag").to_owned();
    app.damage(&tag, 40);
    let (log, id) = (Log::listen(), tag.trim_matches('"'));
    let reply = ana.get(&path(&added)).await.assert_problem(500);
    assert!(!reply.text().contains(id), "{}", reply.text());
    let [told] = &log.about(id)[..] else { panic!("the damage is logged once, by the file's id") };
    assert!(told.contains("ERROR") && told.contains("chunk 0 does not authenticate"), "{told}");
    assert_eq!(ana.ask(Method::HEAD, &path(&added)).reply().await.status, 500);
    ana.visit(&format!("/media/{}/original", added["id"].as_str().unwrap())).await.assert(500);
    ana.get(&format!("{}?size=thumb", path(&added))).await.assert(200);
    // Who has it already may keep it: the file is not needed for that.
    ana.ask(Method::GET, &path(&added)).header("if-none-match", tag).reply().await.assert(304);
}

#[tokio::test]
async fn a_reply_ends_where_its_file_is_damaged() {
    const CHUNK: usize = hec::store::blobs::seal::CHUNK;
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let added = ana.upload(&entry, "leaf.jpg", jpeg_of(2000, 1500, 9)).await.assert(201).json();
    let whole = ana.get(&path(&added)).await.assert(200);
    assert!(whole.bytes.len() > 2 * CHUNK, "{} bytes are too few for this test", whole.bytes.len());
    app.damage(whole.header("etag"), CHUNK + 1000);
    let log = Log::listen();
    let mut read = Vec::new();
    let outcome = async {
        let mut reply = ana.ask(Method::GET, &path(&added)).send().await?;
        assert_eq!((reply.status().as_u16(), reply.content_length()), (200, Some(whole.bytes.len() as u64)));
        while let Some(bytes) = reply.chunk().await? {
            read.extend(bytes);
        }
        Ok::<_, reqwest::Error>(())
    };
    assert!(outcome.await.is_err(), "what is missing must not look whole");
    assert!(read.len() <= CHUNK && whole.bytes.starts_with(&read));
    let [told] = &log.about(whole.header("etag").trim_matches('"'))[..] else {
        panic!("logged once, by the file's id")
    };
    assert!(told.contains("ERROR") && told.contains("chunk 1 does not authenticate"), "{told}");
    ana.get(&format!("/entries/{entry}")).await.assert(200);
}

#[tokio::test]
async fn an_odd_file_name_cannot_break_its_header() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    for (sent, kept, encoded) in [
        ("../../etc/passwd", "passwd", "passwd"),
        ("C:\\photos\\leaf.jpg", "leaf.jpg", "leaf.jpg"),
        ("a\"; filename=\"b.html", "a\"; filename=\"b.html", "a%22%3B%20filename%3D%22b.html"),
        ("a\r\nSet-Cookie: x=1.jpg", "aSet-Cookie: x=1.jpg", "aSet-Cookie%3A%20x%3D1.jpg"),
        ("Öl & 🦉.jpg", "Öl & 🦉.jpg", "%C3%96l%20%26%20%F0%9F%A6%89.jpg"),
        ("", "photo.jpeg", "photo.jpeg"),
    ] {
        let reply = ana.upload(&entry, sent, jpeg(1)).await;
        if reply.status == 422 {
            // A name of two lines may be refused as well as mended.
            reply.assert_refused("filename", "control-characters");
            continue;
        }
        let added = reply.assert(201).json();
        assert_eq!(added["filename"], kept);
        let reply = ana.get(&path(&added)).await.assert(200);
        let disposition = reply.header("content-disposition");
        assert!(disposition.ends_with(&format!("filename*=UTF-8''{encoded}")), "{disposition}");
        assert_eq!(disposition.matches('"').count(), 2, "{disposition}");
        assert!(reply.header("set-cookie").is_empty());
    }
    ana.upload(&entry, &"x".repeat(201), jpeg(1)).await.assert_refused("filename", "too-long");
}

#[tokio::test]
async fn two_uploads_at_once_both_stay() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaves").await;
    let (one, two) = tokio::join!(ana.upload(&entry, "1.jpg", jpeg(1)), ana.upload(&entry, "2.jpg", jpeg(2)));
    assert_eq!((one.status, two.status), (201, 201));
    let listed = ana.get(&format!("/entries/{entry}/attachments")).await.assert(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
}
