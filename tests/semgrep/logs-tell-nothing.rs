fn sign_in(person: &Person, error: Error) {
    // ruleid: logs-tell-nothing
    tracing::info!(%email, "signed in");
    // ruleid: logs-tell-nothing
    tracing::warn!(%id, who = ?person.nickname, "signed in");
    // ruleid: logs-tell-nothing
    info!(id, password, "tried");
    // ruleid: logs-tell-nothing
    tracing::error!("no mail for {email}: {error}");
    // ruleid: logs-tell-nothing
    tracing::debug!(
        %id,
        token = %token.expose(),
        "a token was made"
    );
    // ok: logs-tell-nothing
    tracing::info!(%id, %error, "the password, the email and the token stay where they are");
    // ok: logs-tell-nothing
    tracing::warn!("it does not start by itself: {missing}");
    // ok: logs-tell-nothing
    tracing::info!(tokens = 3, emails = count, "counted");
}
