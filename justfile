# Short names for the commands of CONTRIBUTING.md. `just` lists them; every line also works by itself, without `just`.

[private]
default:
    @just --list --unsorted

# The whole program with sample agencies, people and a kiosk, at http://localhost:8080
run *args:
    cargo run --release -- demo {{args}}

# Every test on every backend: starts its own PostgreSQL, Redis, Chromium and Apache
test *args:
    tests/run {{args}}

# The tests whose name contains `name`, on SQLite alone: just test-one stories::refresh
test-one name:
    cargo test --test it -- {{name}}
    cargo test --lib -- {{name}}

# Form and lints, as .ci/run has them
lint:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings
    cargo clippy --locked --no-default-features -- -D warnings

# Everything that must hold before a change goes in
ci:
    .ci/run

# What a sign-in, a token request and the other flows cost
bench *args:
    cargo bench --bench flows {{args}}

# The SQLite engine with and without each of its parts
bench-engine:
    cargo bench --bench engine

# Ten minutes of one fuzz target (see fuzz/README.md): just fuzz jwks
fuzz target:
    cd fuzz && RUSTC_BOOTSTRAP=1 cargo fuzz run -s none --fuzz-dir . {{target}} -- -max_total_time=620 -timeout=10

# The documentation of the code, private items included; opens the map
docs:
    cargo doc --no-deps --document-private-items --open

# Writes the reference of all settings and of the kinds of events anew, after a change of a section or a kind
reference:
    cargo run -- config default > deploy/panjereh.toml
    cargo run -- events kinds > docs/events.md
