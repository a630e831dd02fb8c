//! The binary: parse, run, exit code.

mod glibc;

fn main() -> std::process::ExitCode {
    glibc::settle();
    hec::cli::main()
}
