fn thumbnail() {
    // ruleid: processes
    Command::new("convert").spawn();
    // ruleid: processes
    std::process::Command::new("sh");
    // ruleid: processes
    let child = tokio::process::Command::new(name).arg("-c");
    // ok: processes
    clap::Command::name("hec");
    // ok: processes
    std::process::exit(1);
}
