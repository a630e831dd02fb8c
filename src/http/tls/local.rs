//! An authority of this instance's own, for the home network. Its root is put on each device once (`/trust`); it can
//! vouch for private addresses and the chosen names only (RFC 5280, section 4.2.1.10), so that whoever steals its key
//! can pretend to be this house, and no bank.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ipnet::IpNet;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::{ServerConfig, server::ClientHello, sign::CertifiedKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::{
    error::{Error, Result},
    store::Db,
    types::{Clock, Timestamp},
};

use super::{Certificates, Facts, Held, Offer, facts::fingerprint, files::certified, kept, site, store};

/// As long as the record may be kept, and some more.
const ROOT_LIFE: Duration = Duration::from_hours(24 * 365 * 25);
/// Apple's devices take no longer one from an authority that a person installed (825 days); browsers may follow those
/// of the public ones (398).
const LEAF_LIFE: Duration = Duration::from_hours(24 * 397);
/// A leaf is made anew when it holds no longer than this.
const RENEW: Duration = Duration::from_hours(24 * 60);
/// Clocks in a home differ.
const SLACK: Duration = Duration::from_hours(24);
/// The most addresses of one leaf.
const ADDRESSES: usize = 24;

/// Where an address may be vouched for: private networks (RFC 1918, 4193), link-local ones, this machine, and the
/// shared space that private networks over the internet use (RFC 6598).
pub const PRIVATE: [(IpAddr, u8); 9] = [
    (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), 12),
    (IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(169, 254, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(100, 64, 0, 0)), 10),
    (IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
    (IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
    (IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
];

/// Whether an address is one of a home.
pub fn is_private(address: IpAddr) -> bool {
    let address = address.to_canonical();
    PRIVATE.iter().any(|&(network, bits)| IpNet::new(network, bits).is_ok_and(|network| network.contains(&address)))
}

/// The certificate of the authority, as devices are given it.
#[derive(Debug, Clone)]
pub struct Root {
    /// Its bytes.
    pub der: CertificateDer<'static>,
    /// SHA-256 of them, as people compare it.
    pub fingerprint: String,
}

impl Root {
    /// Of a certificate.
    pub fn new(der: CertificateDer<'static>) -> Self {
        Self { fingerprint: fingerprint(&der), der }
    }
}

/// The certificate of a store's authority, where one was made.
///
/// # Errors
/// `Internal` only.
pub fn root(db: &Db) -> Result<Option<Root>> {
    let row = db.read(store::authority)?;
    Ok(row.and_then(|row| row.certificate).map(|der| Root::new(CertificateDer::from(der.to_vec()))))
}

/// The authority with its leaf.
pub struct Local {
    issuer: Issuer<'static, KeyPair>,
    root: Root,
    names: Vec<String>,
    clock: Clock,
    held: Arc<Held>,
    config: Arc<ServerConfig>,
    /// What the leaf vouches for besides names.
    addresses: Mutex<Vec<IpAddr>>,
    /// Where the leaf is kept for the page that unlocks the store.
    keep: Option<PathBuf>,
}

impl Local {
    /// The authority of a store, made where there is none or where it may not vouch for one of these names.
    ///
    /// # Errors
    /// `Internal` where the store can't be written.
    pub fn open(db: &Db, names: &[String], keep: Option<PathBuf>) -> Result<Self> {
        let clock = db.clock().clone();
        let row = match db.read(store::authority)? {
            Some(row) if covers(&row, names) => row,
            found => {
                if found.is_some() {
                    tracing::warn!(
                        "a new name needs a new authority: every device has to trust it at /trust once more"
                    );
                }
                let row = make(names, now(&clock))?;
                let made = row.clone();
                db.write_blocking(move |tx| {
                    store::put_authority(tx, &made);
                    Ok(())
                })?;
                row
            }
        };
        let der = CertificateDer::from(row.certificate.as_ref().map(|der| der.to_vec()).unwrap_or_default());
        let key = key(&row.key())?;
        let issuer = Issuer::from_ca_cert_der(&der, key).map_err(Error::internal)?;
        let addresses = own_addresses();
        let leaf = leaf(&issuer, &der, names, &addresses, now(&clock))?;
        let held = Held::new(leaf.certified()?);
        let config = site(held.clone())?;
        let (names, root, addresses) = (names.to_vec(), Root::new(der), Mutex::new(addresses));
        let local = Self { issuer, root, names, clock, held, config, addresses, keep };
        local.keep(&leaf);
        Ok(local)
    }

    /// Makes the leaf anew where it ends soon, or began after now: some clocks start in the past. Gives whether it did.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn refresh(&self) -> Result<bool> {
        let now = now(&self.clock);
        let fresh = self.facts().is_some_and(|facts| facts.from <= now && now.plus(RENEW) < facts.until);
        if fresh {
            return Ok(false);
        }
        let addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        self.issue(&addresses).map(|()| true)
    }

    /// Sees to it that the leaf vouches for an address that a client has reached us by: at home they change.
    fn cover(&self, address: IpAddr) {
        let address = address.to_canonical();
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if addresses.contains(&address) || !is_private(address) {
            return;
        }
        addresses.insert(0, address);
        addresses.truncate(ADDRESSES);
        if let Err(error) = self.issue(&addresses) {
            tracing::error!(%error, "no certificate for a new address");
        }
    }

    fn issue(&self, addresses: &[IpAddr]) -> Result<()> {
        let leaf = leaf(&self.issuer, &self.root.der, &self.names, addresses, now(&self.clock))?;
        self.held.replace(leaf.certified()?);
        self.keep(&leaf);
        Ok(())
    }

    fn keep(&self, leaf: &Leaf) {
        if let Some(path) = &self.keep
            && let Err(error) = kept::write(path, &leaf.chain, &leaf.key)
        {
            tracing::warn!(%error, "the certificate could not be kept for the page that unlocks");
        }
    }
}

impl Certificates for Local {
    fn offer(&self, hello: &ClientHello<'_>, local: IpAddr) -> Option<Offer> {
        // Who comes by an address names none (RFC 6066, section 3).
        if hello.server_name().is_none() {
            self.cover(local);
        }
        Some(Offer::Serve(self.config.clone()))
    }

    fn facts(&self) -> Option<Facts> {
        Facts::of(self.held.get().cert.first()?).ok()
    }

    fn is_strict(&self) -> bool {
        false
    }

    fn root(&self) -> Option<Root> {
        Some(self.root.clone())
    }
}

struct Leaf {
    chain: Vec<CertificateDer<'static>>,
    key: Zeroizing<Vec<u8>>,
}

impl Leaf {
    fn certified(&self) -> Result<Arc<CertifiedKey>> {
        let key = PrivateKeyDer::try_from(self.key.to_vec()).map_err(Error::broken)?;
        // The root goes along for the page that shows it; who trusts it needs it not, who doesn't is not helped.
        certified(self.chain.clone(), key)
    }
}

/// Now, or when this program was built: a clock that was never set is behind.
fn now(clock: &Clock) -> Timestamp {
    clock.now().max(super::built())
}

fn moment(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.millis() / 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    Timestamp::from_millis(at.millis() - i64::try_from(by.as_millis()).unwrap_or_default())
}

fn key(pkcs8: &[u8]) -> Result<KeyPair> {
    KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.into(), &rcgen::PKCS_ECDSA_P256_SHA256).map_err(Error::internal)
}

/// What an authority may vouch for: `.local` whole, since a machine may be renamed.
fn permitted(names: &[String]) -> Vec<GeneralSubtree> {
    let always = ["local".to_owned(), "localhost".to_owned()];
    let names = always.iter().chain(names).map(|name| GeneralSubtree::DnsName(name.clone()));
    let network = |&(address, bits): &(IpAddr, u8)| CidrSubnet::from_addr_prefix(address, bits);
    names.chain(PRIVATE.iter().map(network).map(GeneralSubtree::IpAddress)).collect()
}

/// Whether an authority may vouch for these names.
fn covers(row: &store::KeyedRow, names: &[String]) -> bool {
    use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
    let Some(Ok((_, root))) = row.certificate.as_deref().map(|der| X509Certificate::from_der(der)) else {
        return false;
    };
    let Ok(Some(constraints)) = root.name_constraints() else { return false };
    let permitted = constraints.value.permitted_subtrees.as_deref().unwrap_or_default();
    let within = |name: &str, tree: &str| name == tree || name.ends_with(&format!(".{tree}"));
    names
        .iter()
        .all(|name| permitted.iter().any(|tree| matches!(&tree.base, GeneralName::DNSName(tree) if within(name, tree))))
}

fn make(names: &[String], now: Timestamp) -> Result<store::KeyedRow> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(Error::internal)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    let name = names.first().map_or("home", String::as_str);
    params.distinguished_name.push(DnType::CommonName, format!("HEC at {name}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints =
        Some(NameConstraints { permitted_subtrees: permitted(names), excluded_subtrees: Vec::new() });
    params.not_before = moment(earlier(now, SLACK));
    params.not_after = moment(now.plus(ROOT_LIFE));
    let pkcs8 = Zeroizing::new(key.serialize_der());
    let root = CertifiedIssuer::self_signed(params, key).map_err(Error::internal)?;
    Ok(store::KeyedRow::new(Some(root.der()), &pkcs8))
}

fn leaf(
    issuer: &Issuer<'_, KeyPair>,
    root: &CertificateDer<'static>,
    names: &[String],
    addresses: &[IpAddr],
    now: Timestamp,
) -> Result<Leaf> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(Error::internal)?;
    let params = leaf_params(names, addresses, now)?;
    let certificate = params.signed_by(&key, issuer).map_err(Error::internal)?;
    let chain = vec![certificate.der().clone(), root.clone()];
    Ok(Leaf { chain, key: Zeroizing::new(key.serialize_der()) })
}

/// Of a certificate for names and addresses.
pub(super) fn leaf_params(names: &[String], addresses: &[IpAddr], now: Timestamp) -> Result<CertificateParams> {
    let mut all: Vec<String> = names.to_vec();
    all.push("localhost".to_owned());
    let mut params = CertificateParams::new(all).map_err(Error::internal)?;
    params.subject_alt_names.extend(addresses.iter().map(|address| SanType::IpAddress(*address)));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, names.first().map_or("HEC", String::as_str));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = moment(earlier(now, SLACK));
    params.not_after = moment(now.plus(LEAF_LIFE));
    Ok(params)
}

/// This machine's own addresses, as far as the authority may vouch for them.
pub(super) fn own_addresses() -> Vec<IpAddr> {
    let found = if_addrs::get_if_addrs().unwrap_or_default();
    let mut addresses: Vec<IpAddr> = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()].into();
    for address in found.iter().map(if_addrs::Interface::ip).filter(|address| is_private(*address)) {
        if !addresses.contains(&address) && addresses.len() < ADDRESSES {
            addresses.push(address);
        }
    }
    addresses
}
