//! `hec healthcheck`, over plain HTTP and over TLS.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread::JoinHandle,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring};

use super::super::process::{Server, answer, hec, run};

/// Answers one question with a status; gives the question.
fn answers_once(status: &'static str, tls: Option<ServerConfig>) -> (SocketAddr, JoinHandle<String>) {
    fn reply(mut stream: impl Read + Write, status: &str) -> String {
        let mut question = Vec::new();
        while !question.ends_with(b"\r\n\r\n") {
            let mut one = [0];
            stream.read_exact(&mut one).unwrap();
            question.extend(one);
        }
        // In one piece: whoever asks goes away once the status is there.
        stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).unwrap();
        stream.flush().unwrap();
        String::from_utf8(question).unwrap()
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let served = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        match tls {
            None => reply(stream, status),
            Some(config) => reply(StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream), status),
        }
    });
    (address, served)
}

/// TLS with a certificate for another name, which nobody has signed.
fn tls() -> ServerConfig {
    let own = rcgen::generate_simple_self_signed(["elsewhere.test".to_owned()]).unwrap();
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], own.signing_key.into())
        .unwrap()
}

#[test]
fn a_server_lives_until_it_was_stopped() {
    let server = Server::demo(&[]);
    let url = server.url.clone();
    let listen = url.strip_prefix("http://").unwrap().to_owned();
    run(&[&"healthcheck", &"--url", &url]).done();
    let configured = || answer(hec(&[&"healthcheck"]).env("HEC_LISTEN", &listen));
    assert!(configured().done().contains("lives"));
    server.stop();
    let after = configured();
    assert_eq!(after.code, 1, "{}", after.out);
    assert!(after.out.contains(&listen), "{}", after.out);
}

#[test]
fn a_server_that_answers_with_an_error_is_not_well() {
    let (address, served) = answers_once("503 Service Unavailable", None);
    let asked = run(&[&"healthcheck", &"--url", &format!("http://{address}/")]);
    assert_eq!(asked.code, 1);
    assert!(asked.out.contains("503"), "{}", asked.out);
    let question = served.join().unwrap();
    assert!(question.starts_with("GET /health/live HTTP/1.1\r\n"), "{question}");
    assert!(question.contains(&format!("\r\nHost: {address}\r\n")), "{question}");
}

#[test]
fn a_certificate_that_nobody_signed_is_no_reason_to_call_a_server_dead() {
    let (address, served) = answers_once("200 OK", Some(tls()));
    run(&[&"healthcheck", &"--url", &format!("https://{address}")]).done();
    assert!(served.join().unwrap().starts_with("GET /health/live"));
}

#[test]
fn what_is_no_address_is_refused() {
    for url in ["ftp://127.0.0.1/", "/health/live"] {
        run(&[&"healthcheck", &"--url", &url]).refused("an address looks like");
    }
}
