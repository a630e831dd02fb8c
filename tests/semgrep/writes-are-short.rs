async fn register(app: &App, given: Given) -> Result<()> {
    // ok: writes-are-short
    let hash = app.hashing.run(move || given.hash()).await?;
    app.db.write(move |tx| {
        // ruleid: writes-are-short
        let hash = argon.hash_password(given.password, &salt)?;
        // ruleid: writes-are-short
        let strength = zxcvbn(given.password, &[]);
        // ok: writes-are-short
        accounts::create(tx, given, hash)
    })?;
    // ruleid: writes-are-short
    app.db.write(|tx| argon.verify_password(given, &kept(tx)))?;
    // ok: writes-are-short
    app.db.read(|tx| accounts::all(tx)).await
}
