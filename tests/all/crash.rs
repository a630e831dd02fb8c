//! A server that is killed in the middle of its work keeps every promise that it made.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::{StreamExt, stream};
use hec::types::{AttachmentId, EntryId, Timestamp};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::process::{Client, Server, seed};

const CONNECTIONS: usize = 8;
const CREATES: usize = 1_000;
const UPLOADS: usize = 120;

/// Numbers that look random, and are the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, from: usize, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        from + usize::try_from((z ^ (z >> 31)) % (below - from) as u64).unwrap()
    }
}

/// The replies so far; the server is killed at the last one that is waited for.
struct Acknowledged {
    replies: Mutex<Vec<(String, Value)>>,
    until: usize,
    server: Pid,
}

impl Acknowledged {
    fn new(server: &Server, until: usize) -> Arc<Self> {
        Arc::new(Self { replies: Mutex::default(), until, server: server.pid() })
    }

    fn add(&self, id: String, reply: Value) {
        let mut replies = self.replies.lock().unwrap();
        replies.push((id, reply));
        if replies.len() == self.until {
            kill_process(self.server, Signal::KILL).unwrap();
        }
    }

    fn take(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.replies.lock().unwrap())
    }
}

/// An entry with something in every field.
struct Drafts {
    round: usize,
    learner: String,
    subject: String,
}

impl Drafts {
    async fn new(client: &Client, round: usize) -> Self {
        let id = |list: &[Value]| list[0]["id"].as_str().unwrap().to_owned();
        Self { round, learner: id(&client.all("learners").await), subject: id(&client.all("subjects").await) }
    }

    fn word(&self) -> String {
        format!("burstword{}", self.round)
    }

    fn draft(&self, number: usize) -> Value {
        json!({
            "date": format!("2025-{:02}-{:02}", number % 12 + 1, number % 28 + 1),
            "learners": [self.learner],
            "title": format!("{} number {number}", self.word()),
            "text": format!("Leaf {number}. ").repeat(number % 60 + 1),
            "subjects": [self.subject],
            "kind": "project",
            "minutes": number % 1440 + 1,
            "place": "The shed",
            "resources": ["A jar", "String"],
            "voices": [{ "learner": self.learner, "words": format!("It was {number}!"), "feeling": "good" }],
            "starred": number.is_multiple_of(3),
            "private": number.is_multiple_of(5),
            "state": "done",
        })
    }
}

/// The fields of a draft are those of the entry.
#[track_caller]
fn holds(entry: &Value, draft: &Value) {
    for (field, value) in draft.as_object().unwrap() {
        assert_eq!(&entry[field], value, "{field} of {entry}");
    }
}

/// Ids in the order of time, none twice.
fn ids(count: usize, round: usize) -> Vec<String> {
    let at = |number: usize| Timestamp::from_millis(1_750_000_000_000 + (round * 100_000 + number) as i64);
    (0..count).map(|number| EntryId::new(at(number)).to_string()).collect()
}

/// Creates entries over several connections until the server is killed.
async fn burst(server: &Server, drafts: &Arc<Drafts>, ids: &Arc<Vec<String>>, until: usize) -> Vec<(String, Value)> {
    let acknowledged = Acknowledged::new(server, until);
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (client, drafts, ids) = (Client::new(server), drafts.clone(), ids.clone());
        let (acknowledged, next) = (acknowledged.clone(), next.clone());
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(id) = ids.get(number) else { break };
                match client.put(format!("entries/{id}"), drafts.draft(number)).await {
                    Some((201, entry)) => acknowledged.add(id.clone(), entry),
                    Some(other) => panic!("{other:?}"),
                    None => break,
                }
            }
        });
    }
    tasks.join_all().await;
    acknowledged.take()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_entry_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    seed(folder.path(), 1, 5);
    let mut dice = Dice(11);
    let mut before: BTreeSet<String> = BTreeSet::new();
    for round in 0..3 {
        let server = Server::demo(&[&"--data", &folder.path()]);
        let client = Client::new(&server);
        if round == 0 {
            before.extend(client.all("entries").await.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()));
            assert_eq!(before.len(), 5);
        }
        let drafts = Arc::new(Drafts::new(&client, round).await);
        let ids = Arc::new(ids(CREATES, round));
        let until = dice.roll(50, CREATES - 50);
        let acknowledged = burst(&server, &drafts, &ids, until).await;
        assert!((until..CREATES).contains(&acknowledged.len()), "killed in the middle: {}", acknowledged.len());
        server.kill();
        before.extend(check_entries(folder.path(), &drafts, &ids, &acknowledged, &before).await);
    }
}

/// What was acknowledged stands as it was told, the rest stands whole or not at all, and everything can be asked again.
/// Returns the ids of all that were asked for.
async fn check_entries(
    folder: &Path,
    drafts: &Drafts,
    ids: &[String],
    acknowledged: &[(String, Value)],
    before: &BTreeSet<String>,
) -> Vec<String> {
    let server = Server::demo(&[&"--data", &folder]);
    let client = Client::new(&server);
    let told: BTreeMap<&String, &Value> = acknowledged.iter().map(|(id, entry)| (id, entry)).collect();
    let mut standing = before.clone();
    for (number, id, reply) in ask(ids, |_, id| client.get(format!("entries/{id}"))).await {
        match (reply, told.get(id)) {
            ((200, entry), Some(told)) => {
                assert_eq!(entry, **told);
                standing.insert(id.clone());
            }
            ((200, entry), None) => {
                holds(&entry, &drafts.draft(number));
                standing.insert(id.clone());
            }
            ((404, _), None) => {}
            other => panic!("{id}: {other:?}"),
        }
    }
    // Every way to an entry leads to the same ones.
    let set = |entries: Vec<Value>| {
        let count = entries.len();
        let set: BTreeSet<String> = entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(set.len(), count, "none twice");
        set
    };
    assert_eq!(set(client.all("entries").await), standing);
    let fresh: BTreeSet<_> = standing.difference(before).cloned().collect();
    assert_eq!(set(client.all(&format!("search?q={}", drafts.word())).await), fresh);
    // What was not acknowledged can be asked for again.
    let again = |number, id| client.put(format!("entries/{id}"), drafts.draft(number));
    for (number, id, reply) in ask(ids, again).await {
        let (status, entry) = reply.unwrap();
        assert_eq!(status, if standing.contains(id) { 200 } else { 201 });
        holds(&entry, &drafts.draft(number));
    }
    ids.to_vec()
}

/// Asks about every id, a few at a time; replies come in the order of ids.
async fn ask<R, F: Future<Output = R>>(ids: &[String], ask: impl Fn(usize, String) -> F) -> Vec<(usize, &String, R)> {
    let asked = ids.iter().enumerate().map(|(number, id)| {
        let reply = ask(number, id.clone());
        async move { (number, id, reply.await) }
    });
    stream::iter(asked).buffered(CONNECTIONS).collect().await
}

/// A picture like no other.
fn jpeg(number: usize) -> Vec<u8> {
    let shade = |x: u32, y: u32| image::Rgb([(x * 3) as u8, (y * 5) as u8, (number * 7 % 256) as u8]);
    let image = image::RgbImage::from_fn(64 + (number % 7) as u32, 48, shade);
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}

/// Adds a picture to entries, each over several connections, until the server is killed.
async fn uploads(
    server: &Server,
    entries: &[String],
    pictures: &Arc<Vec<String>>,
    until: usize,
) -> Vec<(String, Value)> {
    let acknowledged = Acknowledged::new(server, until);
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (client, entries, pictures) = (Client::new(server), entries.to_vec(), pictures.clone());
        let (acknowledged, next) = (acknowledged.clone(), next.clone());
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(id) = pictures.get(number) else { break };
                match client.put_picture(path(&entries, id, number), jpeg(number)).await {
                    Some((201, attachment)) => acknowledged.add(id.clone(), attachment),
                    Some(other) => panic!("{other:?}"),
                    None => break,
                }
            }
        });
    }
    tasks.join_all().await;
    acknowledged.take()
}

fn path(entries: &[String], id: &str, number: usize) -> String {
    format!("entries/{}/attachments/{id}?filename={number}.jpg", entries[number % entries.len()])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_picture_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    seed(folder.path(), 1, 10);
    let mut dice = Dice(12);
    for round in 0..3 {
        let server = Server::demo(&[&"--data", &folder.path()]);
        let client = Client::new(&server);
        let drafts = Drafts::new(&client, round).await;
        let entries = ids(6, round);
        for (number, id) in entries.iter().enumerate() {
            assert_eq!(client.put(format!("entries/{id}"), drafts.draft(number)).await.unwrap().0, 201);
        }
        let pictures: Vec<_> =
            (0..UPLOADS).map(|_| AttachmentId::new(Timestamp::from_millis(1_750_000_000_000)).to_string()).collect();
        let pictures = Arc::new(pictures);
        let until = dice.roll(10, UPLOADS - 10);
        let acknowledged = uploads(&server, &entries, &pictures, until).await;
        assert!((until..UPLOADS).contains(&acknowledged.len()), "killed in the middle: {}", acknowledged.len());
        server.kill();

        let server = Server::demo(&[&"--data", &folder.path()]);
        let client = Client::new(&server);
        let mut listed: Vec<Value> = Vec::new();
        for id in &entries {
            let (status, list) = client.get(format!("entries/{id}/attachments")).await;
            assert_eq!(status, 200);
            listed.extend(list["items"].as_array().unwrap().iter().cloned());
        }
        for (_, told) in &acknowledged {
            assert!(listed.contains(told), "{told} was acknowledged");
        }
        // Whatever is listed is whole, acknowledged or not.
        for attachment in &listed {
            check_files(&client, attachment).await;
        }
        let again = |number, id: String| client.put_picture(path(&entries, &id, number), jpeg(number));
        for (_, id, reply) in ask(&pictures, again).await {
            let standing = listed.iter().any(|attachment| attachment["id"] == **id);
            let (status, attachment) = reply.unwrap();
            assert_eq!(status, if standing { 200 } else { 201 }, "{attachment}");
            check_files(&client, &attachment).await;
        }
    }
}

async fn check_files(client: &Client, attachment: &Value) {
    let id = attachment["id"].as_str().unwrap();
    for size in ["thumb", "screen", "original"] {
        let (status, bytes) = client.file(&format!("attachments/{id}?size={size}")).await;
        assert_eq!(status, 200, "{size} of {attachment}");
        let image = image::load_from_memory(&bytes).unwrap();
        assert_eq!(
            (Some(u64::from(image.width())), Some(u64::from(image.height()))),
            (attachment["width"].as_u64(), attachment["height"].as_u64())
        );
        if size == "original" {
            assert_eq!(Some(bytes.len() as u64), attachment["bytes"].as_u64());
        }
    }
}
