//! Accepts connections until it is told to stop, and lets those that run finish.

use std::{net::SocketAddr, time::Duration};

use poem::{
    Endpoint, EndpointExt, IntoResponse, Server,
    http::uri::Scheme,
    listener::{Acceptor, TcpAcceptor},
    web::{LocalAddr, RemoteAddr},
};
use tokio::net::{TcpListener, TcpStream};

use crate::error::{Error, Result};

/// How long requests that run may take to finish after the server was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Takes the address; port 0 takes a free one.
///
/// # Errors
/// `Refused` where it is taken.
pub async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let taken = |why: std::io::Error| Error::Refused(format!("cannot listen on {address}: {why}"));
    let listener = TcpListener::bind(address).await.map_err(taken)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves until `stop` is done.
///
/// # Errors
/// `Internal` where accepting fails for good.
pub async fn serve<E>(listener: TcpListener, endpoint: E, stop: impl Future<Output = ()>) -> Result<()>
where
    E: Endpoint + 'static,
    E::Output: IntoResponse,
{
    let acceptor = Prompt(TcpAcceptor::from_tokio(listener)?);
    let server = Server::new_with_acceptor(acceptor);
    Ok(server.run_with_graceful_shutdown(endpoint.map_to_response(), stop, Some(GRACE)).await?)
}

/// Connections that send at once. Otherwise the end of a streamed reply waits for the client's acknowledgement of its
/// beginning, which clients hold back for 40 ms (RFC 896 meeting RFC 1122, section 4.2.3.2).
struct Prompt(TcpAcceptor);

impl Acceptor for Prompt {
    type Io = TcpStream;

    fn local_addr(&self) -> Vec<LocalAddr> {
        self.0.local_addr()
    }

    async fn accept(&mut self) -> std::io::Result<(Self::Io, LocalAddr, RemoteAddr, Scheme)> {
        let accepted = self.0.accept().await?;
        // A connection that has ended already can't be set; whoever reads from it will notice.
        drop(accepted.0.set_nodelay(true));
        Ok(accepted)
    }
}
