//! A second opinion on the wire: Authlib, from another ecosystem, signs in against the running demo (`tests/other_clients/`).

use crate::demo_process::Demo;
use crate::python;
use std::path::Path;
use std::process::Command;

#[tokio::test]
async fn authlib_signs_in_verifies_refreshes_and_signs_out_against_the_running_demo() {
    let Some(python) = python::interpreter() else { return };
    let demo = Demo::start().await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/other_clients/sign_in.py");
    let opinion = Command::new(python)
        .arg(script)
        .arg(demo.issuer())
        .arg(demo.data())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("python runs");
    let told = String::from_utf8_lossy(&opinion.stdout);
    println!("{told}");
    assert!(opinion.status.success(), "{told}\n{}\nthe demo said:\n{}", String::from_utf8_lossy(&opinion.stderr), demo.told());
}
