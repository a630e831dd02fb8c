//! A request's body that has to keep coming: slower than the floor it is broken off.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// A body under watch. The time that the server takes does not count: only waiting for the client does.
pub struct Paced<B> {
    body: B,
    patience: Duration,
    floor: u64,
    /// How long the client let wait, and what it sent.
    waited: Duration,
    sent: u64,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<B> Paced<B> {
    /// `floor` bytes a second, once the client has been waited for longer than `patience`.
    pub fn new(body: B, patience: Duration, floor: u64) -> Self {
        Self { body, patience, floor: floor.max(1), waited: Duration::ZERO, sent: 0, waiting: None }
    }

    /// How long the client may be waited for before the next byte.
    fn credit(&self) -> Duration {
        let earned = Duration::from_millis(self.sent.saturating_mul(1000) / self.floor);
        // No pause may be longer than the patience, however fast the body was before.
        (self.patience + earned).saturating_sub(self.waited).min(self.patience)
    }
}

impl<B: Body<Data = Bytes, Error = io::Error> + Unpin> Body for Paced<B> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            if let Some((since, _)) = this.waiting.take() {
                this.waited += since.elapsed();
            }
            if let Some(Ok(frame)) = &frame {
                this.sent += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            return Poll::Ready(frame);
        }
        let credit = this.credit();
        let (_, sleep) = this.waiting.get_or_insert_with(|| {
            let now = Instant::now();
            (now, Box::pin(sleep_until(now + credit)))
        });
        match sleep.as_mut().poll(cx) {
            Poll::Ready(()) => {
                metrics::counter!("hec_slow_bodies_total").increment(1);
                Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::TimedOut, "the body came too slowly"))))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt, Full, StreamBody};

    type Frames = Vec<(u64, usize)>;

    /// A body whose parts come after so many milliseconds each.
    fn slow(frames: Frames) -> impl Body<Data = Bytes, Error = io::Error> + Unpin {
        let stream = futures_util::stream::unfold(frames.into_iter(), |mut frames| async {
            let (millis, bytes) = frames.next()?;
            tokio::time::sleep(Duration::from_millis(millis)).await;
            Some((Ok(Frame::data(Bytes::from(vec![7; bytes]))), frames))
        });
        StreamBody::new(Box::pin(stream))
    }

    async fn arrives(frames: Frames) -> io::Result<usize> {
        let paced = Paced::new(slow(frames), Duration::from_secs(10), 500);
        Ok(paced.collect().await?.to_bytes().len())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_keeps_coming_arrives_however_long_it_is() {
        assert_eq!(arrives(vec![(1_000, 600); 60]).await.unwrap(), 36_000);
        assert_eq!(arrives(vec![(9_000, 5_000); 5]).await.unwrap(), 25_000, "with pauses, too");
        let whole = Full::new(Bytes::from_static(b"all at once")).map_err(|never| match never {});
        assert_eq!(Paced::new(whole, Duration::ZERO, 500).collect().await.unwrap().to_bytes().len(), 11);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_broken_off_within_its_patience() {
        let began = Instant::now();
        let error = arrives(vec![(1_000, 1); 100]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() < Duration::from_secs(11), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_fast_before_buys_no_long_pause() {
        let began = Instant::now();
        arrives(vec![(0, 1_000_000), (60_000, 1)]).await.unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(11), "{:?}", began.elapsed());
    }
}
