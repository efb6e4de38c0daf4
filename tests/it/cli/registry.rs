//! `panjereh registry`.

use super::{Place, assert_has};

#[test]
fn a_generated_file_is_imported_whole_and_again_without_harm() {
    let place = Place::migrated();
    let told = place.run(&["registry", "generate", "--people", "300", "--seed", "7", "--out", "people.csv"]).succeeded();
    assert_has(&told, &["wrote 300 people to people.csv"]);
    assert_eq!(place.read("people.csv").lines().count(), 301);
    for _ in 0..2 {
        assert_has(&place.run(&["registry", "import", "people.csv"]).succeeded(), &["imported 300 people"]);
    }
}

#[test]
fn the_same_seed_gives_the_same_people_and_another_one_others() {
    let place = Place::empty();
    let people = |seed| place.run(&["registry", "generate", "--people", "20", "--seed", seed]).succeeded();
    assert_eq!(people("1"), people("1"));
    assert_ne!(people("1"), people("2"));
}

#[test]
fn every_bad_line_is_reported_with_its_number_and_nothing_is_imported() {
    let place = Place::migrated();
    let file = place.run(&["registry", "generate", "--people", "5"]).succeeded();
    let mut lines: Vec<String> = file.lines().map(str::to_owned).collect();
    lines[2] = lines[2].replacen(|c: char| c.is_ascii_digit(), "x", 1);
    lines[4] = lines[1].clone();
    place.write("people.csv", &lines.join("\n"));
    let told = place.run(&["registry", "import", "people.csv"]).failed();
    assert_has(
        &told,
        &[
            "people.csv: line 3: national_id: ",
            "people.csv: line 5: national_id: ",
            "error: 2 lines are bad, so nothing was imported",
        ],
    );
    assert!(!told.contains(&lines[1][..10]), "a line's content is personal data: {told}");
}

#[test]
fn a_file_that_is_no_registry_or_not_there_is_refused() {
    let place = Place::migrated();
    place.write("notes.txt", "hello\n");
    assert_has(&place.run(&["registry", "import", "notes.txt"]).failed(), &["the first line of the file must be: national_id,"]);
    assert_has(&place.run(&["registry", "import", "none.csv"]).failed(), &["none.csv cannot be read"]);
    assert_has(&place.run(&["registry", "import", "."]).failed(), &["nothing was imported"]);
}

#[test]
fn a_file_is_never_half_written() {
    let place = Place::empty();
    let told = place.run(&["registry", "generate", "--people", "5", "--out", "none/people.csv"]).failed();
    assert_has(&told, &["none/people.csv cannot be written", "--out"]);
    assert_eq!(std::fs::read_dir(place.path(".")).expect("a folder").count(), 0);
}
