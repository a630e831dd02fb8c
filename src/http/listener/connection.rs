//! One connection, from its handshake to its end.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::BoxBody;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use poem::{
    Endpoint,
    http::{HeaderValue, header, uri::Scheme},
    web::{LocalAddr, RemoteAddr},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{sleep_until, timeout},
};

use super::{
    super::tls::Handshake,
    Server,
    activity::{Activity, Running},
    paced::Paced,
    places::Place,
    stall::Stall,
};

/// The most bytes of a request's head.
pub const HEAD: u32 = 32 * 1024;
/// The most headers of a request.
const HEADERS: usize = 100;
/// The most requests at once on one HTTP/2 connection.
const STREAMS: u32 = 64;
/// Told for a year, to browsers that came over a certificate of a public authority.
const STRICT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Serves a connection until it ends, its place is needed or the server stops.
pub(super) async fn run(server: Arc<Server>, stream: TcpStream, peer: SocketAddr, place: Place) {
    let Ok(local) = stream.local_addr() else { return };
    let (leave, ending) = (place.leave.clone(), server.ending.clone());
    let served = async {
        match server.tls.clone() {
            None => serve(&server, stream, Ends { local, peer, tls: false, strict: false }, false, &place).await,
            Some(tls) => {
                let shaken = timeout(server.bounds.handshake, tls.accept(stream, local.ip()));
                // A handshake that fails is the client's affair; a name that is not ours, or none in time, no less.
                let Ok(Ok(Handshake::Done { stream, is_http2 })) = shaken.await else { return };
                let ends = Ends { local, peer, tls: true, strict: tls.is_strict() };
                serve(&server, *stream, ends, is_http2, &place).await;
            }
        }
    };
    tokio::select! {
        () = served => {}
        () = leave.cancelled() => {}
        () = ending.cancelled() => {}
    }
}

/// Between whom it runs, and how.
#[derive(Debug, Clone, Copy)]
struct Ends {
    local: SocketAddr,
    peer: SocketAddr,
    tls: bool,
    strict: bool,
}

async fn serve<S>(server: &Arc<Server>, stream: S, ends: Ends, is_http2: bool, place: &Place)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(Stall::new(stream, server.bounds.stall));
    let (answering, activity) = (server.clone(), place.activity.clone());
    let service = service_fn(move |request| answer(answering.clone(), request, ends, activity.begin()));
    if is_http2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEAD)
            .initial_stream_window_size(256 * 1024)
            .initial_connection_window_size(512 * 1024)
            .max_send_buf_size(128 * 1024)
            .keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(10));
        let connection = builder.serve_connection(io, service);
        guide(server, connection, http2::Connection::graceful_shutdown, Some(&place.activity)).await;
    } else {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(server.bounds.head)
            .max_headers(HEADERS)
            .max_buf_size(HEAD as usize);
        let connection = builder.serve_connection(io, service);
        // HTTP/1.1 measures its own quiet: the deadline for a head runs from the end of the reply before.
        guide(server, connection, http1::Connection::graceful_shutdown, None).await;
    }
}

/// Runs a connection; asks it to finish when the server stops, or when it was quiet for too long.
async fn guide<C, E>(server: &Server, connection: C, finish: fn(Pin<&mut C>), quiet: Option<&Arc<Activity>>)
where
    C: Future<Output = Result<(), E>>,
{
    tokio::pin!(connection);
    let mut asked = false;
    // Until its first request a connection has no longer than a head may take.
    let mut longest = server.bounds.head;
    loop {
        let since = quiet.map(|quiet| quiet.quiet_since());
        let until = since.map(|since| since.unwrap_or_else(std::time::Instant::now) + longest);
        let over = async {
            match until {
                Some(until) => sleep_until(until.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // How it ended is the client's affair: what a handler met was logged there.
            _ = connection.as_mut() => return,
            () = server.stopping.cancelled(), if !asked => {
                asked = true;
                finish(connection.as_mut());
            }
            () = over => {
                // Over HTTP/2 a client can leave every reply waiting and go on answering pings.
                let stuck = quiet.and_then(|quiet| quiet.stuck_since());
                if stuck.is_some_and(|since| since.elapsed() > server.bounds.stall * 2) {
                    metrics::counter!("hec_stuck_replies_total").increment(1);
                    return;
                }
                let Some(Some(since)) = quiet.map(|quiet| quiet.quiet_since()) else {
                    longest = server.bounds.idle.min(server.bounds.stall);
                    continue;
                };
                if since.elapsed() < longest {
                    longest = server.bounds.idle;
                } else if asked {
                    return;
                } else {
                    asked = true;
                    finish(connection.as_mut());
                    longest += Duration::from_secs(2);
                }
            }
        }
    }
}

async fn answer(
    server: Arc<Server>,
    request: hyper::Request<Incoming>,
    ends: Ends,
    running: Running,
) -> Result<hyper::Response<Served>, std::convert::Infallible> {
    let scheme = if ends.tls { Scheme::HTTPS } else { Scheme::HTTP };
    let addresses = (LocalAddr(ends.local.into()), RemoteAddr(ends.peer.into()));
    let mut request = poem::Request::from((request, addresses.0, addresses.1, scheme));
    let body: BoxBody<Bytes, io::Error> = request.take_body().into();
    if !body.is_end_stream() {
        let paced = Paced::new(body, server.bounds.patience, server.bounds.floor);
        request.set_body(BoxBody::new(paced));
    }
    let mut response = server.site.get_response(request).await;
    if ends.strict {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT);
    }
    let response: hyper::Response<BoxBody<Bytes, io::Error>> = response.into();
    let running = running.replies();
    Ok(response.map(|body| Served { body, running }))
}

/// A reply's body; the request runs until it is out.
struct Served {
    body: BoxBody<Bytes, io::Error>,
    running: Running,
}

impl Body for Served {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if frame.is_ready() {
            self.running.moves();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
