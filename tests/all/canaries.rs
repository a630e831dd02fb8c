//! Nothing that a family writes lies readable on the disk: not in the store, not in temporary files, not in a log.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use data_encoding::{BASE32, BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use serde_json::{Value, json};

use crate::{
    process::{Client, Server, hec},
    support,
};

/// How many strings are planted.
const CANARIES: usize = 1_000;

/// A word that occurs nowhere else; letters only, so that no part of HEC has a reason to change it.
pub fn canary(number: usize) -> String {
    let mut state = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let letters = (0..14).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'a' + (state >> 59) as u8 % 26)
    });
    format!("Q{}z", letters.collect::<String>())
}

/// How a text may lie somewhere: as it is, in other letters' case, UTF-16, base64 at each of three alignments, base32, hex.
pub fn disguises(text: &str) -> Vec<Vec<u8>> {
    let bytes = text.as_bytes();
    let utf16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let mut all = vec![
        bytes.to_vec(),
        text.to_lowercase().into_bytes(),
        text.to_uppercase().into_bytes(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        HEXLOWER.encode(bytes).into_bytes(),
        HEXUPPER.encode(bytes).into_bytes(),
    ];
    for skip in 0..3 {
        // Whole groups of three, wherever the text begins in what was encoded.
        let inner = &bytes[skip..skip + (bytes.len() - skip) / 3 * 3];
        all.push(BASE64.encode(inner).into_bytes());
        all.push(BASE64URL_NOPAD.encode(inner).into_bytes());
    }
    for skip in 0..5 {
        all.push(BASE32.encode(&bytes[skip..skip + (bytes.len() - skip) / 5 * 5]).into_bytes());
    }
    all.sort();
    all.dedup();
    all
}

/// Needles of at least eight bytes, found in one pass: by their first eight bytes, then in whole.
pub struct Needles(HashMap<[u8; 8], Vec<Vec<u8>>>);

impl Needles {
    pub fn new(all: impl Iterator<Item = Vec<u8>>) -> Self {
        let mut by_start: HashMap<[u8; 8], Vec<Vec<u8>>> = HashMap::new();
        for needle in all {
            by_start.entry(needle[..8].try_into().unwrap()).or_default().push(needle);
        }
        Self(by_start)
    }

    pub fn find(&self, hay: &[u8]) -> Option<&[u8]> {
        hay.windows(8).enumerate().find_map(|(at, window)| {
            let start: [u8; 8] = window.try_into().unwrap();
            self.0.get(&start)?.iter().find(|needle| hay[at..].starts_with(needle)).map(Vec::as_slice)
        })
    }
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
}

/// Shannon's entropy in bits for each byte.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u64; 256];
    bytes.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let all = bytes.len() as f64;
    counts.iter().filter(|count| **count > 0).map(|count| *count as f64 / all).map(|share| -share * share.log2()).sum()
}

#[tokio::test]
async fn nothing_that_is_written_lies_readable_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (data, temporary) = (folder.path().join("data"), folder.path().join("temporary"));
    fs::create_dir(&temporary).unwrap();
    let mut demo = hec(&[&"demo", &"--port", &"0", &"--json", &"--data", &data]);
    demo.env("TMPDIR", &temporary).env("HEC_LOG", "trace");
    let server = Server::demo_logged(&mut demo);
    let client = Client::new(&server);

    let mut planted = Vec::new();
    let mut plant = || {
        planted.push(canary(planted.len()));
        planted.last().unwrap().clone()
    };
    let learner = client.post("learners", &json!({ "nickname": plant(), "colour": "moss" })).await;
    assert_eq!(learner.0, 201, "{}", learner.1);
    let learner = learner.1["id"].clone();
    let subject = client.post("subjects", &json!({ "name": plant(), "area": "science" })).await;
    assert_eq!(subject.0, 201, "{}", subject.1);
    let subject = subject.1["id"].clone();
    let mut entries: Vec<Value> = Vec::new();
    for number in 0..CANARIES / 8 {
        let draft = json!({
            "date": format!("19{:02}-{:02}-{:02}", 10 + number % 80, 1 + number % 12, 1 + number % 28),
            "learners": [learner], "subjects": [subject], "title": plant(),
            "text": format!("{} and **{}** beside {}", plant(), plant(), plant()),
            "place": plant(), "resources": [plant(), plant()],
            "voices": [{ "learner": learner, "words": plant(), "feeling": "good" }],
        });
        let made = client.post("entries", &draft).await;
        assert_eq!(made.0, 201, "{}", made.1);
        entries.push(made.1);
    }
    let photo = support::jpeg(5);
    for entry in entries.iter().take(5) {
        let (name, id) = (plant(), entry["id"].as_str().unwrap());
        let path = format!("entries/{id}/attachments?filename={name}.jpg");
        let (status, made) = client.upload(&path, photo.clone()).await;
        assert_eq!(status, 201, "{made}");
        let caption = json!({ "caption": plant() });
        let path = format!("attachments/{}", made["id"].as_str().unwrap());
        assert_eq!(client.patch(&path, &caption).await.0, 200);
    }
    assert!(planted.len() >= CANARIES, "{}", planted.len());

    // They are found again, so they were kept.
    let found = client.get(format!("search?q={}", planted[3])).await;
    assert_eq!(found.1["items"].as_array().unwrap().len(), 1, "{}", found.1);
    let (_, clean) = client.file(format!("attachments/{}?size=original", picture(&client, &entries[0]).await)).await;
    assert!(clean.len() > 500, "the picture as HEC keeps it");

    let (status, _, logged) = server.stop_and_tell();
    assert!(status.success() && !logged.is_empty());
    let accounts = ["morwenna@example.org", "Morwenna"];
    let dates = entries.iter().map(|entry| entry["date"].as_str().unwrap());
    let texts = planted.iter().map(String::as_str).chain(accounts).chain(dates);
    // A stretch of the picture's compressed bytes stands for all of it.
    let stretches = clean.chunks_exact(64).map(<[u8]>::to_vec);
    let needles = Needles::new(texts.flat_map(disguises).filter(|needle| needle.len() >= 8).chain(stretches));
    assert!(needles.find(format!("…{}…", planted[77]).as_bytes()).is_some(), "the search can find");

    let files = [files_under(&data), files_under(&temporary)].concat();
    let mut searched = 0;
    for file in &files {
        let (bytes, name) = (fs::read(file).unwrap_or_default(), file.to_string_lossy());
        searched += bytes.len();
        let lies = needles.find(&bytes).or_else(|| needles.find(name.as_bytes()));
        assert!(lies.is_none(), "{name} shows {:?}", lies.map(String::from_utf8_lossy));
    }
    assert!(searched > 1_000_000, "the store's files are not where this test looks: {files:?}");
    let told = needles.find(logged.as_bytes());
    assert!(told.is_none(), "the log shows {:?}", told.map(String::from_utf8_lossy));

    // But for the superblocks, and places that were never written, the store is noise.
    let store = fs::read(data.join("hec.store")).unwrap();
    let noise: Vec<u8> =
        store.chunks(4096).skip(2).filter(|block| block.iter().any(|byte| *byte != 0)).flatten().copied().collect();
    assert!(entropy(&noise) > 7.99, "{}", entropy(&noise));
    for (number, block) in noise.chunks_exact(4096).enumerate() {
        // Four kilobytes of noise have about 7.95 bits; text has 4 to 5, tables less.
        assert!(entropy(block) > 7.8, "block {number}: {}", entropy(block));
    }
}

/// The id of an entry's picture.
async fn picture(client: &Client, entry: &Value) -> String {
    let entry = client.get(format!("entries/{}", entry["id"].as_str().unwrap())).await.1;
    entry["attachments"][0]["id"].as_str().unwrap().to_owned()
}
