//! Rebuilds when what is embedded changes.

fn main() {
    println!("cargo::rerun-if-changed=web");
}
