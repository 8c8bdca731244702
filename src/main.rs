//! The thin binary: call the command line, turn its answer into an exit code.

fn main() -> std::process::ExitCode {
    terrace::cli::main()
}
