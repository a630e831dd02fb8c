//! Whoever is slow, silent or one of too many; and how a server ends.

use std::{net::SocketAddr, time::Duration};

use hec::http::listener::{self, Bounds, Server};
use poem::{IntoResponse, Response, Route, endpoint::make_sync, get, handler, post, web::Path};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};

/// Everything in tenths of a second.
fn short() -> Bounds {
    Bounds {
        handshake: Duration::from_millis(300),
        head: Duration::from_millis(300),
        patience: Duration::from_millis(300),
        floor: 1_000_000,
        stall: Duration::from_millis(500),
        idle: Duration::from_millis(300),
        grace: Duration::from_secs(10),
        connections: 64,
        per_network: 64,
    }
}

#[handler]
async fn take(body: poem::Body) -> Response {
    match body.into_bytes_limit(1 << 20).await {
        Ok(bytes) => format!("{} bytes", bytes.len()).into_response(),
        Err(_) => poem::http::StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

#[handler]
fn large(Path(megabytes): Path<usize>) -> Vec<u8> {
    vec![b'x'; megabytes << 20]
}

/// A server, and what stops it.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<hec::error::Result<()>>,
}

async fn running(bounds: Bounds) -> Running {
    let site =
        Route::new().at("/", get(make_sync(|_| "well"))).at("/take", post(take)).at("/large/:megabytes", get(large));
    let (socket, address) = listener::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let (stop, stopped) = oneshot::channel();
    let server = Server::new(site, bounds);
    let served = tokio::spawn(async move { server.serve(vec![socket], async { drop(stopped.await) }).await });
    Running { address, stop, served }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn well(&self) {
        let mut stream = self.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: hec\r\nconnection: close\r\n\r\n").await.unwrap();
        assert!(rest(&mut stream).await.ends_with("well"));
    }
}

/// Everything until the connection ends, which it must.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let reading = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes));
    // A connection that is reset has ended, too.
    drop(reading.await.expect("the connection stays open"));
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_connection_that_says_nothing_ends() {
    let server = running(short()).await;
    assert_eq!(rest(&mut server.connect().await).await, "");
    let mut begun = server.connect().await;
    begun.write_all(b"GET / HT").await.unwrap();
    assert!(!rest(&mut begun).await.contains("200"));
    let mut second = server.connect().await;
    second.write_all(b"GET / HTTP/1.1\r\nhost: hec\r\n\r\n").await.unwrap();
    assert!(rest(&mut second).await.ends_with("well"), "between two requests it waits no longer");
    server.well().await;
}

#[tokio::test]
async fn a_head_that_drips_is_not_waited_for() {
    let server = running(short()).await;
    let mut stream = server.connect().await;
    let (mut reader, mut writer) = stream.split();
    let dripping = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        while writer.write_all(b"x").await.is_ok() {
            ticks.tick().await;
        }
    };
    let mut bytes = Vec::new();
    tokio::select! {
        () = dripping => {}
        _ = reader.read_to_end(&mut bytes) => {}
    }
    server.well().await;
}

#[tokio::test]
async fn a_body_that_drips_is_broken_off_and_answered() {
    let server = running(short()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"POST /take HTTP/1.1\r\nhost: hec\r\ncontent-length: 1000\r\n\r\nabc").await.unwrap();
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 408"));
    let mut chunked = server.connect().await;
    chunked
        .write_all(b"POST /take HTTP/1.1\r\nhost: hec\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
        .await
        .unwrap();
    assert!(rest(&mut chunked).await.starts_with("HTTP/1.1 408"));
}

#[tokio::test]
async fn a_reply_that_nobody_takes_is_given_up() {
    let server = running(Bounds { connections: 1, per_network: 1, ..short() }).await;
    let mut lazy = server.connect().await;
    lazy.write_all(b"GET /large/64 HTTP/1.1\r\nhost: hec\r\n\r\n").await.unwrap();
    let mut first = [0; 16];
    lazy.read_exact(&mut first).await.unwrap();
    // While it is busy its place is its own: others come in once the reply has been given up.
    loop {
        let mut stream = server.connect().await;
        if stream.write_all(b"GET / HTTP/1.1\r\nhost: hec\r\nconnection: close\r\n\r\n").await.is_ok()
            && rest(&mut stream).await.ends_with("well")
        {
            break;
        }
    }
}

#[tokio::test]
async fn silent_ones_make_room_for_whoever_asks() {
    let server = running(Bounds { head: Duration::from_secs(60), connections: 8, per_network: 8, ..short() }).await;
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(server.connect().await);
    }
    server.well().await;
    assert_eq!(rest(&mut silent[0]).await, "", "the first one had to go");
}

#[tokio::test]
async fn a_request_that_runs_is_finished_and_no_new_one_is_taken() {
    let server = running(Bounds { patience: Duration::from_secs(20), ..short() }).await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"POST /take HTTP/1.1\r\nhost: hec\r\nexpect: 100-continue\r\ncontent-length: 6\r\n\r\n")
        .await
        .unwrap();
    // It runs: the handler asks for the body.
    let mut told = [0; 25];
    stream.read_exact(&mut told).await.unwrap();
    assert!(told.starts_with(b"HTTP/1.1 100"));
    let mut idle = server.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nhost: hec\r\n\r\n").await.unwrap();
    let mut well = [0; 12];
    idle.read_exact(&mut well).await.unwrap();
    server.stop.send(()).unwrap();
    // The idle one is told at once; the socket is closed by then.
    rest(&mut idle).await;
    assert!(TcpStream::connect(server.address).await.is_err());
    stream.write_all(b"abcdef").await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.contains("200 OK") && answer.ends_with("6 bytes"), "{answer}");
    server.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn at_the_end_nobody_is_waited_for_for_ever() {
    let bounds = Bounds { patience: Duration::from_secs(60), grace: Duration::from_millis(300), ..short() };
    let server = running(bounds).await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"POST /take HTTP/1.1\r\nhost: hec\r\nexpect: 100-continue\r\ncontent-length: 6\r\n\r\n")
        .await
        .unwrap();
    let mut told = [0; 25];
    stream.read_exact(&mut told).await.unwrap();
    server.stop.send(()).unwrap();
    server.served.await.unwrap().unwrap();
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = running(short()).await;
    let mut stream = server.connect().await;
    let head = format!("GET / HTTP/1.1\r\nhost: hec\r\nx: {}\r\n\r\n", "y".repeat(64 * 1024));
    drop(stream.write_all(head.as_bytes()).await);
    assert!(!rest(&mut stream).await.contains("200 OK"));
    let mut many = server.connect().await;
    let head = format!("GET / HTTP/1.1\r\nhost: hec\r\n{}\r\n", "x: y\r\n".repeat(200));
    drop(many.write_all(head.as_bytes()).await);
    assert!(rest(&mut many).await.starts_with("HTTP/1.1 431"));
}
