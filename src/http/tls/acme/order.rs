//! One order with an authority, carried out by rustls-acme; never a second one, whatever came of the first.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::StreamExt;
use rustls::{ClientConfig, ServerConfig};
use rustls_acme::{AccountCache, AcmeConfig, CertCache, EventOk};
use zeroize::Zeroizing;

/// How long one order may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// What is asked of whom.
pub(super) struct Order<'a> {
    pub directory: &'a str,
    pub names: &'a [String],
    pub contact: Option<&'a str>,
    pub client: Arc<ClientConfig>,
    /// The key of our account, where there is one.
    pub account: Option<Zeroizing<Vec<u8>>>,
}

/// What came of it.
pub(super) struct Placed {
    /// The key and the chain, or what the authority says, or why it could not be asked.
    pub pem: Result<Zeroizing<Vec<u8>>, String>,
    /// The key of an account that was made for it: it is there, whatever became of the order.
    pub account: Option<Zeroizing<Vec<u8>>>,
}

impl Order<'_> {
    /// Places it. `prove` is given what answers to the authority meanwhile.
    pub async fn place(self, prove: impl Fn(Option<Arc<ServerConfig>>)) -> Placed {
        let kept = Arc::new(Kept { account: self.account, ..Kept::default() });
        let mut state = AcmeConfig::new_with_client_config(self.names, self.client)
            .directory(self.directory)
            .contact(self.contact.map(|contact| format!("mailto:{contact}")))
            .cache(Shared(kept.clone()))
            .state();
        prove(Some(state.challenge_rustls_config_with_provider(super::provider())));
        // It would go on for ever, and try again after a second: it is dropped after its first order.
        let mut problem = None;
        let over = tokio::time::sleep(PATIENCE);
        tokio::pin!(over);
        loop {
            let event = tokio::select! {
                event = state.next() => event,
                () = &mut over => None,
            };
            let Some(event) = event else {
                problem = Some("the order was not finished in time".to_owned());
                break;
            };
            match event {
                Ok(EventOk::CertCacheStore) => break,
                Ok(_) => {}
                Err(error) => {
                    problem = Some(error.to_string());
                    break;
                }
            }
        }
        let take = |made: &Mutex<Option<_>>| made.lock().unwrap_or_else(PoisonError::into_inner).take();
        let pem = take(&kept.pem).ok_or_else(|| problem.unwrap_or_else(|| "no certificate was given".to_owned()));
        Placed { pem, account: take(&kept.new_account) }
    }
}

/// What rustls-acme is told that there was, and what it made.
#[derive(Default)]
struct Kept {
    account: Option<Zeroizing<Vec<u8>>>,
    new_account: Mutex<Option<Zeroizing<Vec<u8>>>>,
    pem: Mutex<Option<Zeroizing<Vec<u8>>>>,
}

struct Shared(Arc<Kept>);

#[async_trait::async_trait]
impl CertCache for Shared {
    type EC = std::convert::Infallible;

    /// None: that another is needed was decided before.
    async fn load_cert(&self, _: &[String], _: &str) -> Result<Option<Vec<u8>>, Self::EC> {
        Ok(None)
    }

    async fn store_cert(&self, _: &[String], _: &str, pem: &[u8]) -> Result<(), Self::EC> {
        *self.0.pem.lock().unwrap_or_else(PoisonError::into_inner) = Some(Zeroizing::new(pem.to_vec()));
        Ok(())
    }
}

#[async_trait::async_trait]
impl AccountCache for Shared {
    type EA = std::convert::Infallible;

    async fn load_account(&self, _: &[String], _: &str) -> Result<Option<Vec<u8>>, Self::EA> {
        Ok(self.0.account.as_ref().map(|key| key.to_vec()))
    }

    async fn store_account(&self, _: &[String], _: &str, key: &[u8]) -> Result<(), Self::EA> {
        *self.0.new_account.lock().unwrap_or_else(PoisonError::into_inner) = Some(Zeroizing::new(key.to_vec()));
        Ok(())
    }
}
