//! Rebuilds when a migration is added: `migrate!` reads the folder while compiling, and cargo cannot see that.
fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
