//! The kept fuzzing inputs, replayed: every input of `fuzz/corpus/` is checked again against what its target asserts
//! (`fuzz/src/`, which is a module here). `fuzz/README.md` says how to search for new inputs.

use crate::fuzz_targets::{self, Check, TARGETS};
use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::thread;

/// No kept input is longer: corpora are minimised with `-max_len=2000`.
const LONGEST_INPUT: usize = 2000;

/// One test for each target, so that they run in parallel.
macro_rules! replayed {
    ($(fn $sentence:ident() replays $target:ident;)+) => {
        const REPLAYED: &[&str] = &[$(stringify!($target)),+];
        $(
            #[test]
            fn $sentence() {
                replay(stringify!($target), fuzz_targets::$target::check);
            }
        )+
    };
}

replayed! {
    fn no_kept_authorization_details_break_their_promises() replays authorization_details;
    fn no_kept_authorization_request_breaks_its_promises() replays authorization_request;
    fn no_kept_claims_parameter_breaks_its_promises() replays claims_parameter;
    fn no_kept_jwt_of_a_client_breaks_its_promises() replays client_jwt;
    fn no_kept_metadata_of_a_client_break_their_promises() replays client_metadata;
    fn no_kept_cross_device_request_breaks_its_promises() replays decoupled_request;
    fn no_kept_dpop_proof_breaks_its_promises() replays dpop_proof;
    fn nothing_kept_that_people_typed_breaks_its_promises() replays identity_input;
    fn no_kept_key_set_breaks_its_promises() replays jwks;
    fn no_kept_token_of_ours_breaks_its_promises() replays own_token;
    fn no_kept_token_request_breaks_its_promises() replays token_request;
}

fn fuzz(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(fuzz(path)).unwrap_or_else(|error| panic!("fuzz/{path}: {error}"))
}

/// The names of the entries of a folder of `fuzz/`.
fn names_in(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(fuzz(folder)).unwrap_or_else(|error| panic!("fuzz/{folder}: {error}"));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Replays every input of a target's corpus, on two threads; names each one that fails.
fn replay(target: &str, check: Check) {
    let folder = format!("corpus/{target}");
    let inputs: Vec<_> = names_in(&folder).into_iter().map(|name| format!("{folder}/{name}")).collect();
    let fails = |input: &&String| {
        let data = fs::read(fuzz(input)).unwrap();
        catch_unwind(|| check(&data)).is_err()
    };
    let failing_of = |part: &[String]| part.iter().filter(fails).cloned().collect::<Vec<_>>();
    let (first, second) = inputs.split_at(inputs.len() / 2);
    let failing = thread::scope(|scope| {
        let other = scope.spawn(|| failing_of(second));
        [failing_of(first), other.join().unwrap()].concat()
    });
    assert!(failing.is_empty(), "what {target} asserts does not hold for these: fuzz/{}", failing.join(", fuzz/"));
}

/// `[[bin]]` of fuzz/Cargo.toml: name and path.
fn declared() -> Vec<(String, String)> {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let text = |bin: &toml::Value, key: &str| bin[key].as_str().unwrap().to_owned();
    manifest["bin"].as_array().unwrap().iter().map(|bin| (text(bin, "name"), text(bin, "path"))).collect()
}

#[test]
fn every_fuzz_target_is_replayed_and_its_file_only_calls_what_is_replayed() {
    let names: BTreeSet<String> = declared().into_iter().map(|(name, _)| name).collect();
    let owned = |name: &str| name.to_owned();
    assert_eq!(TARGETS.iter().map(|(name, _)| owned(name)).collect::<BTreeSet<_>>(), names, "TARGETS of fuzz/src/lib.rs");
    assert_eq!(REPLAYED.iter().copied().map(owned).collect::<BTreeSet<_>>(), names, "replayed! of tests/it/corpora.rs");
    assert_eq!(names_in("targets"), names.iter().map(|name| format!("{name}.rs")).collect());
    for (name, path) in declared() {
        assert_eq!(path, format!("targets/{name}.rs"));
        let line = format!("libfuzzer_sys::fuzz_target!(|data: &[u8]| panjereh_fuzz::{name}::check(data));");
        assert_eq!(read(&path), format!("#![no_main]\n\n{line}\n"), "fuzz/{path}");
        assert!(read("src/lib.rs").contains(&format!("\npub mod {name};\n")), "fuzz/src/{name}.rs");
    }
}

#[test]
fn every_fuzz_target_has_a_corpus_a_dictionary_and_its_rows_in_the_readme() {
    let names: BTreeSet<String> = declared().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names_in("corpus"), names);
    assert_eq!(names_in("dictionaries"), names.iter().map(|name| format!("{name}.dict")).collect());
    let readme = read("README.md");
    for name in &names {
        let inputs = names_in(&format!("corpus/{name}"));
        let length = |input: &String| fs::metadata(fuzz(&format!("corpus/{name}/{input}"))).unwrap().len();
        assert!(!inputs.is_empty() && inputs.iter().all(|input| length(input) <= LONGEST_INPUT as u64), "corpus of {name}");
        let dictionary = read(&format!("dictionaries/{name}.dict"));
        // A line that libFuzzer cannot read ends its run.
        let entries = dictionary.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect::<Vec<_>>();
        let is_entry = |line: &&str| line.len() > 2 && line.ends_with('"') && line.split('"').count() >= 3;
        assert!(!entries.is_empty() && entries.iter().all(is_entry), "dictionary of {name}");
        let rows: Vec<_> = readme.lines().filter(|line| line.starts_with(&format!("| `{name}` |"))).collect();
        let cells: Vec<_> = rows.iter().map(|row| row.matches(" |").count()).collect();
        assert_eq!(cells, [3, 6], "fuzz/README.md says what {name} asserts and what its run found: {rows:?}");
    }
}
