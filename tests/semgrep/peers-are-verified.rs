fn client() {
    // ruleid: peers-are-verified
    let client = Client::builder().danger_accept_invalid_certs(true).build();
    // ruleid: peers-are-verified
    let options = ClientOptions::new().with_allow_invalid_certificates(true);
    // ruleid: peers-are-verified
    let config = ClientConfig::builder().dangerous().with_custom_certificate_verifier(Arc::new(Anybody));
    // ok: peers-are-verified
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
}

// ruleid: peers-are-verified
impl ServerCertVerifier for Anybody {}

// ok: peers-are-verified
impl ClientCertVerifier for Somebody {}
