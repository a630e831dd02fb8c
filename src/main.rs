//! The binary: parse, run, exit code.

fn main() -> std::process::ExitCode {
    hec::cli::main()
}
