//! The container image: its root has what the program needs and no more.

use super::Place;
use std::path::Path;
use std::process::Command;

const TOP: &str = env!("CARGO_MANIFEST_DIR");

fn file(name: &str) -> String {
    std::fs::read_to_string(Path::new(TOP).join(name)).expect("a file")
}

#[test]
fn the_image_runs_without_root_on_a_read_only_root_and_has_a_health_check() {
    let recipe = file("Containerfile");
    for line in ["FROM scratch", "USER 65532:65532", "VOLUME /var/lib/panjereh", "CMD [\"/usr/bin/panjereh\", \"healthy\"]"] {
        assert!(recipe.contains(line), "{line}");
    }
    assert!(file("deploy/README.md").contains("--read-only"));
}

#[test]
fn the_program_runs_from_the_root_of_the_image_with_the_libraries_that_are_in_it() {
    let place = Place::empty();
    let root = place.path("image");
    let made =
        Command::new(Path::new(TOP).join("deploy/image-root")).arg(env!("CARGO_BIN_EXE_panjereh")).arg(&root).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for absent in ["bin/sh", "usr/bin/sh", "usr/bin/apt-get"] {
        assert!(!root.join(absent).exists(), "{absent}");
    }
    // The loader of the image, told to look for libraries in the image alone.
    let loader = ["lib64/ld-linux-x86-64.so.2", "lib/ld-linux-aarch64.so.1"]
        .map(|name| root.join(name))
        .into_iter()
        .find(|path| path.exists());
    let folders = ["lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu", "lib64", "lib", "usr/lib/x86_64-linux-gnu"]
        .map(|name| root.join(name).display().to_string());
    let ran = Command::new(loader.expect("a loader"))
        .args(["--inhibit-cache", "--library-path", &folders.join(":")])
        .arg(root.join("usr/bin/panjereh"))
        .arg("--version")
        .output()
        .unwrap();
    assert!(ran.status.success() && ran.stdout.starts_with(b"panjereh "), "{}", String::from_utf8_lossy(&ran.stderr));
}
