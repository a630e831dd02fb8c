fn newest() {
    // ruleid: requests-out
    let version = reqwest::get("https://example.org/newest").await?;
    // ruleid: requests-out
    let client = reqwest::Client::builder().build()?;
    // ruleid: requests-out
    let stream = tokio::net::TcpStream::connect(host).await?;
    // ok: requests-out
    let url = reqwest::Url::parse(text)?;
    // ok: requests-out
    let listener = TcpListener::bind(address)?;
}
