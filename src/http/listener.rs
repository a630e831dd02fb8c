//! Accepts connections until it is told to stop, and lets those that run finish.
//!
//! poem's own server keeps half-sent requests open for ever, so the connections run on hyper's builders here, with a
//! deadline for everything that a client can be slow at: the handshake, a request's head (`connection.rs`), its body
//! (`paced.rs`), the taking of a reply (`stall.rs`), and doing nothing (`places.rs`).

pub(super) mod activity;
mod connection;
mod paced;
mod places;
mod stall;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use poem::{Endpoint, EndpointExt, IntoResponse, endpoint::BoxEndpoint};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::error::{Error, Result};

use super::tls::Tls;

use places::Places;

/// How many connections the system keeps until they are accepted: what overflows is dropped without a word, and its
/// client waits for ever.
const BACKLOG: u32 = 4096;

/// How long a client may take, and how many may come.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// For the TLS handshake.
    pub handshake: Duration,
    /// For a request's head, and between two requests of HTTP/1.1.
    pub head: Duration,
    /// For a body: so long it may be slower than `floor`.
    pub patience: Duration,
    /// Bytes a second, on the average, of a body that takes longer.
    pub floor: u64,
    /// Without taking any byte of a reply.
    pub stall: Duration,
    /// Without a request on an HTTP/2 connection.
    pub idle: Duration,
    /// For requests that run when the server is told to stop.
    pub grace: Duration,
    /// Most connections at a time.
    pub connections: usize,
    /// Most of them from one network, but for this machine's own and configured proxies.
    pub per_network: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(8),
            head: Duration::from_secs(10),
            patience: Duration::from_secs(10),
            floor: 500,
            stall: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            grace: Duration::from_secs(10),
            connections: 1024,
            per_network: 128,
        }
    }
}

/// Takes the address; port 0 takes a free one.
///
/// # Errors
/// `Refused` where it is taken.
pub async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let taken = |why: std::io::Error| Error::Refused(format!("cannot listen on {address}: {why}"));
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As the standard library does: a server that starts again need not wait for what its last connections left.
    socket.set_reuseaddr(true)?;
    socket.bind(address).map_err(taken)?;
    let listener = socket.listen(BACKLOG).map_err(taken)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves plain http until `stop` is done.
///
/// # Errors
/// `Internal` where a socket can't be used at all.
pub async fn serve<E>(listener: TcpListener, endpoint: E, stop: impl Future<Output = ()>) -> Result<()>
where
    E: Endpoint + 'static,
    E::Output: IntoResponse,
{
    Server::new(endpoint, Bounds::default()).serve(vec![listener], stop).await
}

/// What stands behind a port.
pub struct Server {
    site: BoxEndpoint<'static, poem::Response>,
    bounds: Bounds,
    tls: Option<Arc<Tls>>,
    admits: Box<dyn Fn(IpAddr) -> Admission + Send + Sync>,
    places: Arc<Places>,
    connections: TaskTracker,
    /// Cancelled when no new request is taken.
    stopping: CancellationToken,
    /// Cancelled when the time of those that run is over.
    ending: CancellationToken,
}

/// How a peer is received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// As anybody.
    Visitor,
    /// As one behind whom many may stand.
    Trusted,
    /// Not at all.
    Refused,
}

impl Server {
    /// Of a site, in plain http, for everybody.
    pub fn new<E>(site: E, bounds: Bounds) -> Self
    where
        E: Endpoint + 'static,
        E::Output: IntoResponse,
    {
        let places = Arc::new(Places::new(bounds.connections, bounds.per_network));
        Self {
            site: site.map_to_response().boxed(),
            bounds,
            tls: None,
            admits: Box::new(|peer| if peer.is_loopback() { Admission::Trusted } else { Admission::Visitor }),
            places,
            connections: TaskTracker::new(),
            stopping: CancellationToken::new(),
            ending: CancellationToken::new(),
        }
    }

    /// The same over TLS.
    #[must_use]
    pub fn over(self, tls: Arc<Tls>) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// The same, with a say in who may connect.
    #[must_use]
    pub fn admitting(self, admits: impl Fn(IpAddr) -> Admission + Send + Sync + 'static) -> Self {
        Self { admits: Box::new(admits), ..self }
    }

    /// Serves on these sockets until `stop` is done, then lets what runs finish.
    ///
    /// # Errors
    /// `Internal` where a socket can't be used at all.
    pub async fn serve(self, sockets: Vec<TcpListener>, stop: impl Future<Output = ()>) -> Result<()> {
        let server = Arc::new(self);
        let mut accepting = tokio::task::JoinSet::new();
        for socket in sockets {
            accepting.spawn(server.clone().accept(socket));
        }
        stop.await;
        server.stopping.cancel();
        // The sockets close here: who comes now is refused by the system, and told at once.
        accepting.shutdown().await;
        server.connections.close();
        if tokio::time::timeout(server.bounds.grace, server.connections.wait()).await.is_err() {
            tracing::warn!(connections = server.connections.len(), "some requests were cut off at the end");
            server.ending.cancel();
            server.connections.wait().await;
        }
        Ok(())
    }

    async fn accept(self: Arc<Self>, socket: TcpListener) {
        loop {
            match socket.accept().await {
                Ok((stream, peer)) => self.clone().take(stream, peer),
                Err(error) => {
                    // Too many open files, most likely; others may be closed in a moment.
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn take(self: Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        let address = peer.ip().to_canonical();
        // Who comes from the address that they come to is this machine itself.
        let own = stream.local_addr().is_ok_and(|local| local.ip().to_canonical() == address);
        let admission = if own { Admission::Trusted } else { (self.admits)(address) };
        let network = match admission {
            Admission::Visitor => Some(super::firewall::network(address)),
            Admission::Trusted => None,
            Admission::Refused => return,
        };
        let Some(place) = Places::take(&self.places, network) else {
            metrics::counter!("hec_connections_refused_total").increment(1);
            return;
        };
        // Otherwise the end of a streamed reply waits for the client's acknowledgement of its beginning, which clients
        // hold back for 40 ms (RFC 896 meeting RFC 1122, section 4.2.3.2). One that has ended already can't be set;
        // whoever reads from it will notice.
        drop(stream.set_nodelay(true));
        let server = self.clone();
        self.connections.spawn(connection::run(server, stream, peer, place));
    }
}
