//! `hec seed`: stores of any size, which `hec demo` serves unchanged.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use super::super::process::{Client, Server, run, seed};

fn tokens_aside(json: &Value) -> Vec<Value> {
    let mut accounts = json["accounts"].as_array().unwrap().clone();
    for account in &mut accounts {
        for field in ["token", "sign_in_url"] {
            account[field] = Value::Null;
        }
    }
    accounts
}

#[tokio::test]
async fn two_families_with_fifty_entries_each_are_served_as_they_were_made() {
    let folder = tempfile::tempdir().unwrap();
    let told = seed(folder.path(), 2, 50);
    assert!(told.get("url").is_none());
    let accounts = told["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 2);
    assert!(accounts.iter().all(|account| account["role"] == "owner" && account["sign_in_url"].is_null()));
    let families: BTreeSet<_> = accounts.iter().map(|account| account["family"].as_str().unwrap()).collect();
    assert_eq!(families.len(), 2);

    let server = Server::demo(&[&"--data", &folder.path()]);
    assert_eq!(tokens_aside(&server.json), tokens_aside(&told));
    let mut ids = BTreeSet::new();
    for account in server.json["accounts"].as_array().unwrap() {
        let client = Client::new(&server).with_token(account["token"].as_str().unwrap());
        let entries = client.all("entries").await;
        assert_eq!(entries.len(), 50);
        assert!(!client.all("learners").await.is_empty() && !client.all("subjects").await.is_empty());
        ids.extend(entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(ids.len(), 100, "no entry is in both families");
    drop(server);

    // Once more adds another family and leaves the others as they are.
    let more = seed(folder.path(), 1, 5);
    assert_eq!(tokens_aside(&more)[..2], tokens_aside(&told)[..]);
    assert_eq!(more["accounts"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn each_family_gets_the_photos_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (data, photos) = (folder.path().join("data"), folder.path().join("photos"));
    fs::create_dir(&photos).unwrap();
    for (name, width) in [("b.jpg", 60), ("a.png", 40)] {
        image::RgbImage::from_pixel(width, 30, image::Rgb([200, 100, 50])).save(photos.join(name)).unwrap();
    }
    run(&[&"seed", &"--families", &"2", &"--entries", &"10", &"--photos", &photos, &"--data", &data]).done();
    let server = Server::demo(&[&"--data", &data]);
    for account in server.json["accounts"].as_array().unwrap() {
        let client = Client::new(&server).with_token(account["token"].as_str().unwrap());
        let entries = client.all("entries").await;
        let pictures: Vec<_> = entries.iter().flat_map(|entry| entry["attachments"].as_array().unwrap()).collect();
        let of = |field: &str| pictures.iter().map(|picture| picture[field].clone()).collect::<Vec<_>>();
        assert_eq!(of("filename"), ["a.png", "b.jpg"], "the latest entries, newest first");
        assert_eq!(of("media_type"), ["image/png", "image/jpeg"]);
        assert_eq!(of("width"), [40, 60]);
        for picture in pictures {
            for size in ["thumb", "screen", "original"] {
                let path = format!("attachments/{}?size={size}", picture["id"].as_str().unwrap());
                let (status, bytes) = client.file(path).await;
                assert_eq!(status, 200);
                assert_eq!(image::load_from_memory(&bytes).unwrap().height(), 30);
            }
        }
    }
}

#[test]
fn a_file_that_is_no_picture_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (data, photos) = (folder.path().join("data"), folder.path().join("photos"));
    fs::create_dir(&photos).unwrap();
    fs::write(photos.join("notes.txt"), "not a picture").unwrap();
    run(&[&"seed", &"--entries", &"3", &"--photos", &photos, &"--data", &data]).refused("notes.txt");
    run(&[&"seed", &"--entries", &"3"]).refused("--data");
}
