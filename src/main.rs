//! The thin binary: call the command line, turn its answer into an exit code.

fn main() -> std::process::ExitCode {
    terrace::cli::main()
}

/// What the SDKs would trace names keys and headers: in a release nobody can listen, for there is nothing to be heard.
const _: () =
    assert!(cfg!(debug_assertions) || tracing::level_filters::STATIC_MAX_LEVEL.into_level().is_none());
