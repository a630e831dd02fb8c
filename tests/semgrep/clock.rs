fn late(app: &App) -> bool {
    // ruleid: clock
    let machine = std::time::SystemTime::now();
    // ruleid: clock
    let short = SystemTime::now();
    // ruleid: clock
    let stamp = jiff::Timestamp::now();
    // ruleid: clock
    let zoned = jiff::Zoned::now();
    // ruleid: clock
    let utc = time::OffsetDateTime::now_utc();
    // ruleid: machines-clock
    let clock = Clock::System;
    // ok: machines-clock
    let clock = app.clock();
    // ok: machines-clock
    let since = match clock {
        Clock::System => begin.elapsed(),
        Clock::Manual(_) => moved,
    };
    // ok: clock
    let monotonic = std::time::Instant::now();
    // ok: clock
    app.clock().now() > tx.now()
}
