//! Names of the home network (RFC 6762): the server says that a name which ends with `.local` is its own. A convenience:
//! where it fails, the address does as well.

use mdns_sd::{ServiceDaemon, ServiceInfo};

use crate::error::{Error, Result};

/// What browsers of services look for (RFC 6763).
const SERVICE: &str = "_https._tcp.local.";

/// Names that are announced until this is dropped.
pub struct Announced(ServiceDaemon);

/// Announces those of the names that end with `.local`; none where there are none.
///
/// # Errors
/// `Internal` where the network can't be used for it.
pub fn announce(names: &[String], port: u16) -> Result<Option<Announced>> {
    let local: Vec<&String> = names.iter().filter(|name| name.ends_with(".local")).collect();
    if local.is_empty() {
        return Ok(None);
    }
    let announced = Announced(ServiceDaemon::new().map_err(Error::internal)?);
    for name in local {
        let instance = format!("HEC at {}", name.trim_end_matches(".local"));
        let none: &[(&str, &str)] = &[];
        let service = ServiceInfo::new(SERVICE, &instance, &format!("{name}."), "", port, none);
        // The addresses of this machine, whichever it has at the time.
        announced.0.register(service.map_err(Error::internal)?.enable_addr_auto()).map_err(Error::internal)?;
    }
    Ok(Some(announced))
}

impl Drop for Announced {
    fn drop(&mut self) {
        // At the end of the process nobody is left to be told that it failed.
        drop(self.0.shutdown());
    }
}
