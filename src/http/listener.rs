//! Accepts connections until it is told to stop, and lets those that run finish.

use std::{net::SocketAddr, time::Duration};

use poem::{Endpoint, EndpointExt, IntoResponse, Server, listener::TcpAcceptor};
use tokio::net::TcpListener;

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
    let acceptor = TcpAcceptor::from_tokio(listener)?;
    let server = Server::new_with_acceptor(acceptor);
    Ok(server.run_with_graceful_shutdown(endpoint.map_to_response(), stop, Some(GRACE)).await?)
}
