//! A thousand slow connections against the real program, and a parent who wants to write meanwhile.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::super::process::Server;

/// How long a slow one may stay.
const LONGEST: Duration = Duration::from_secs(15);

/// How long it was kept.
async fn slow(address: SocketAddr, number: usize) -> Duration {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let began = Instant::now();
    // Some say nothing, some drip a head, some a body.
    let start: &[u8] = match number % 3 {
        0 => b"",
        1 => b"G",
        _ => {
            b"POST /sign-in HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: same-origin\r\n\
               content-type: application/x-www-form-urlencoded\r\ncontent-length: 4000\r\n\r\ne"
        }
    };
    if stream.write_all(start).await.is_err() {
        return began.elapsed();
    }
    let (mut reader, mut writer) = stream.split();
    let dripping = async {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        loop {
            ticks.tick().await;
            if number.is_multiple_of(3) {
                continue;
            }
            if writer.write_all(b"E").await.is_err() {
                return;
            }
        }
    };
    let reading = async {
        let mut bytes = [0; 1024];
        while !matches!(reader.read(&mut bytes).await, Ok(0) | Err(_)) {}
    };
    // One that is kept for ever is found out all the same.
    let ended = async {
        tokio::select! {
            () = dripping => {}
            () = reading => {}
        }
    };
    drop(tokio::time::timeout(LONGEST * 2, ended).await);
    began.elapsed()
}

/// Asks for the journal on a connection of its own, which a crowd could keep out; gives how long that took.
async fn ask(address: SocketAddr, token: &str) -> Duration {
    let began = Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /api/v1/entries?limit=30 HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.unwrap();
    assert!(reply.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&reply[..reply.len().min(200)]));
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_slow_connections_end_and_a_parent_is_served_meanwhile() {
    let server = Server::demo(&[]);
    let address: SocketAddr = server.url.trim_start_matches("http://").parse().unwrap();
    let token = server.token();
    let mut crowd = JoinSet::new();
    for number in 0..1_000 {
        crowd.spawn(slow(address, number));
    }
    let over = CancellationToken::new();
    let until = over.clone();
    let parent = tokio::spawn(async move {
        let mut asked = Vec::new();
        while !until.is_cancelled() {
            asked.push(ask(address, &token).await);
        }
        asked
    });
    let mut kept = crowd.join_all().await;
    over.cancel();
    let mut asked = parent.await.unwrap();
    kept.sort();
    asked.sort();
    let p95 = asked[asked.len() * 95 / 100];
    println!("{} slow ones, the last after {:?}; {} requests, p95 {p95:?}", kept.len(), kept[999], asked.len());
    assert!(kept[999] < LONGEST, "{:?}", kept[999]);
    assert!(asked.len() > 20, "{}", asked.len());
    // Two hundred times what a request takes on an idle machine.
    assert!(p95 < Duration::from_millis(500), "{p95:?}");
}
