//! The request firewall: what gets through, what does not, and that no text is ever taken for an attack.

mod allowed;
mod headers;
mod honest;
mod hosts;
mod limits;
mod markup;
mod proxies;
mod texts;

use reqwest::header::HeaderMap;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Reply, TestApp};

/// A request as no client library would write it: lines, without their ends. `<site>` stands for the site's address.
async fn raw(app: &TestApp, lines: &[&str]) -> Reply {
    let address = app.url.trim_start_matches("http://");
    let text = format!("{}\r\nconnection: close\r\n\r\n", lines.join("\r\n")).replace("<site>", address);
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(text.as_bytes()).await.unwrap();
    let mut reply = Vec::new();
    socket.read_to_end(&mut reply).await.unwrap();
    parse(&reply)
}

fn parse(reply: &[u8]) -> Reply {
    let end = reply.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
    let head = String::from_utf8(reply[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        headers
            .append(reqwest::header::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.trim().parse().unwrap());
    }
    Reply { status, headers, bytes: bytes::Bytes::copy_from_slice(&reply[end + 4..]) }
}

/// A list of `tests/vectors/texts`.
fn texts(name: &str) -> Vec<String> {
    let file = format!("{}/tests/vectors/texts/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}
