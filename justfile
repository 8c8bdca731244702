# The habits of this repository; `just` lists them.

_list:
    @just --list --unsorted

# Everything that CI checks
check:
    .ci/run

# The tests; arguments narrow them: `just test --test suite order::`
test *args:
    cargo test {{args}}

# Format Rust, Terraform and the shipped estate
fmt:
    cargo fmt --all
    terraform fmt -recursive modules live
    cargo run --quiet -- hcl fmt --working-dir live

# Lints, as CI runs them
lint:
    cargo clippy --all-targets -- -D warnings

# The demo estate: `just demo plan`, `just demo apply`, `just demo destroy`
demo command="plan":
    cargo run -- run --all {{command}} --working-dir live/dev

# Three emulated clouds and the estate of live/clouds on them: `just clouds`, or `just clouds bash` to look around
clouds *command:
    cargo test --quiet --test tour -- {{command}}

# Kill the binary, terraform and both during an apply, so many times against each emulator
kills rounds="50":
    KILL_ROUNDS={{rounds}} cargo test --test clouds kills::

# Measure on generated estates; `BENCH_QUICK=1 just bench` for a look in a minute
bench:
    cargo bench --bench estates

# Measure states, locks and outputs on the emulators; `BENCH_QUICK=1` for a look in a minute
bench-clouds:
    cargo bench --bench clouds

# Ask the reference binary about the corpus again; TERRAGRUNT_BIN names it
reference *cases:
    tests/fixtures/reference/regenerate {{cases}}

# Compare random estates with the reference binary that TERRAGRUNT_BIN names: `just differ 1 100`
differ seed count="1":
    cargo test --quiet --test differ -- {{seed}} {{count}}

# Random input for parser, formatter, evaluator and functions, for so many minutes: `just fuzz 60`
fuzz minutes seed="1":
    FUZZ_MINUTES={{minutes}} FUZZ_SEED={{seed}} cargo test --test fuzz -- --nocapture

# Run the end-to-end tests against another binary, to see whose expectation it is
against binary *args:
    TERRACE_TEST_BINARY={{binary}} cargo test --test suite {{args}}

# Rewrite generated pages and snapshots
bless:
    UPDATE_DOCS=1 INSTA_UPDATE=always cargo test
