//! Completions, manual pages, and the health check of a container.

use super::{Place, assert_has};

#[test]
fn completions_and_manual_pages_are_made_from_the_command_line_itself() {
    let place = Place::empty();
    for shell in ["bash", "zsh", "fish"] {
        assert_has(&place.run(&["completions", shell]).succeeded(), &["registration-token", "rotate", "doctor"]);
    }
    assert_has(&place.run(&["man"]).succeeded(), &[".TH panjereh", "panjereh demo"]);
    assert_has(&place.run(&["man", "keys", "rotate"]).succeeded(), &["rotate", "\\-\\-now", "Examples"]);
    assert_has(&place.run(&["man", "nothing"]).failed(), &["there is no command nothing"]);
}

#[test]
fn the_health_check_fails_where_nothing_listens() {
    let place = Place::empty();
    assert_has(&place.run(&["healthy", "--at", "127.0.0.1:9"]).failed(), &["127.0.0.1:9 is not healthy"]);
}
