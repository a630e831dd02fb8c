//! The binary: parse, run, exit code.

mod lookup;

fn main() -> std::process::ExitCode {
    lookup::settle();
    hec::cli::main()
}
