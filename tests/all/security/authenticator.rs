//! A passkey's place, in software: it makes keys (ES256) and answers as browsers do, and lies where a test wants it to.

use data_encoding::BASE64URL_NOPAD;
use reqwest::Method;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Person, Reply, SendExt, TestApp};

/// Somebody was there.
const PRESENT: u8 = 0x01;
/// And it was the right one: finger, face or PIN.
pub const VERIFIED: u8 = 0x04;
const BACKED_UP: u8 = 0x18;
const KEY: u8 = 0x40;

/// One key, and what it says of itself.
#[derive(Clone)]
pub struct Key {
    pub pkcs8: Vec<u8>,
    pub id: Vec<u8>,
    pub user: Vec<u8>,
    pub counter: u32,
    pub flags: u8,
    pub rp: String,
    pub origin: String,
}

impl Key {
    /// A key that does not count how often it is used, as those in a password manager do not.
    pub fn new(app: &TestApp) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let mut id = vec![0; 32];
        getrandom::fill(&mut id).unwrap();
        let origin = app.url.replace("127.0.0.1", "localhost");
        let flags = PRESENT | VERIFIED | BACKED_UP;
        Self { pkcs8: pkcs8.as_ref().into(), id, user: vec![], counter: 0, flags, rp: "localhost".into(), origin }
    }

    fn pair(&self) -> EcdsaKeyPair {
        let random = SystemRandom::new();
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.pkcs8, &random).unwrap()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.rp.as_bytes()).to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client(&self, kind: &str, challenge: &str) -> Vec<u8> {
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false }).to_string().into()
    }

    /// What `navigator.credentials.create` gives for these options.
    pub fn made(&mut self, options: &Value) -> String {
        let user = options["user"]["id"].as_str().unwrap();
        self.user = BASE64URL_NOPAD.decode(user.as_bytes()).unwrap();
        let point = self.pair().public_key().as_ref().to_vec();
        let mut data = self.data(self.flags | KEY);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        let mut cose = minicbor::Encoder::new(Vec::new());
        cose.map(5).unwrap().i8(1).unwrap().i8(2).unwrap().i8(3).unwrap().i8(-7).unwrap();
        cose.i8(-1).unwrap().i8(1).unwrap();
        cose.i8(-2).unwrap().bytes(&point[1..33]).unwrap().i8(-3).unwrap().bytes(&point[33..]).unwrap();
        data.extend(cose.into_writer());
        let mut object = minicbor::Encoder::new(Vec::new());
        object.map(3).unwrap().str("fmt").unwrap().str("none").unwrap().str("attStmt").unwrap().map(0).unwrap();
        object.str("authData").unwrap().bytes(&data).unwrap();
        let client = self.client("webauthn.create", options["challenge"].as_str().unwrap());
        let id = encode(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
            "response": { "attestationObject": encode(&object.into_writer()), "clientDataJSON": encode(&client) },
        })
        .to_string()
    }

    /// What `navigator.credentials.get` gives for these options.
    pub fn answer(&self, options: &Value) -> String {
        let data = self.data(self.flags & !KEY);
        let client = self.client("webauthn.get", options["challenge"].as_str().unwrap());
        let signed = [&data[..], &Sha256::digest(&client)[..]].concat();
        let signature = self.pair().sign(&SystemRandom::new(), &signed).unwrap();
        let id = encode(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "clientExtensionResults": {},
            "response": {
                "authenticatorData": encode(&data), "clientDataJSON": encode(&client),
                "signature": encode(signature.as_ref()), "userHandle": encode(&self.user),
            },
        })
        .to_string()
    }
}

pub fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// A browser at the name that passkeys belong to, with these cookies.
pub async fn post(app: &TestApp, cookies: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
    let port = app.url.rsplit(':').next().unwrap();
    let form = app.client.request(Method::POST, format!("{}{path}", app.url));
    let form = form.header("host", format!("localhost:{port}")).header("sec-fetch-site", "same-origin");
    form.header("cookie", cookies).form(fields).reply().await
}

pub async fn get(app: &TestApp, cookies: &str, path: &str) -> Reply {
    let port = app.url.rsplit(':').next().unwrap();
    let page = app.client.get(format!("{}{path}", app.url)).header("host", format!("localhost:{port}"));
    page.header("cookie", cookies).reply().await
}

pub fn session(person: &Person) -> String {
    format!("hec={}", person.session)
}

/// Somebody adds a passkey; the reply, and the key.
pub async fn adds(app: &TestApp, person: &Person, name: &str) -> (Reply, Key) {
    let mut key = Key::new(app);
    let reply = adds_key(app, person, name, &mut key).await;
    (reply, key)
}

pub async fn adds_key(app: &TestApp, person: &Person, name: &str, key: &mut Key) -> Reply {
    let cookies = session(person);
    let options = post(app, &cookies, "/passkeys/challenge", &[("for", "add")]).await.assert(200).json();
    let made = key.made(&options);
    post(app, &cookies, "/account/security/passkeys/new", &[("name", name), ("passkey", &made)]).await
}

/// What a stranger's browser is asked for: the options, and its cookie.
pub async fn asked(app: &TestApp) -> (Value, String) {
    let reply = post(app, "", "/passkeys/challenge", &[("for", "sign-in")]).await.assert(200);
    let cookie = super::cookie(&reply, "hec-passkey").unwrap();
    (reply.json(), format!("hec-passkey={cookie}"))
}

/// Signs in with a passkey alone.
pub async fn signs_in(app: &TestApp, key: &Key) -> Reply {
    let (options, cookies) = asked(app).await;
    post(app, &cookies, "/sign-in", &[("passkey", &key.answer(&options)), ("next", "/learners")]).await
}
