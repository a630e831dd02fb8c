//! Bodies whose length nobody announced: they end where the bound does.

use std::{
    io::{Error, ErrorKind},
    time::Duration,
};

use bytes::Bytes;
use futures_util::StreamExt;
use poem::Body;

/// A body that fails once more bytes came than this. The failure is told from others by its kind, `FileTooLarge`.
pub fn limited(body: Body, max: u64) -> Body {
    let mut left = max;
    let stream = body.into_bytes_stream().map(move |chunk| {
        let chunk: Bytes = chunk?;
        left = left.checked_sub(chunk.len() as u64).ok_or_else(|| Error::from(ErrorKind::FileTooLarge))?;
        Ok::<_, Error>(chunk)
    });
    Body::from_bytes_stream(stream)
}

/// So much of a refused body is read and thrown away: a client that is still sending when the connection ends would not
/// read the reply. It is about what the buffers on the way hold.
const DRAINED: usize = 1 << 20;

/// And for so long.
const DRAINING: Duration = Duration::from_secs(5);

/// Reads on a little, beside the reply, so that it arrives.
pub async fn drain(body: Body) {
    let reading = async {
        let (mut stream, mut left) = (Box::pin(body.into_bytes_stream()), DRAINED);
        while let Some(Ok(chunk)) = stream.next().await {
            match left.checked_sub(chunk.len()) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    drop(tokio::time::timeout(DRAINING, reading).await);
}
