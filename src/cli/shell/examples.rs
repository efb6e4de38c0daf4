//! Examples at the end of each `--help`: one table, and a test that runs each line through the parser.

use clap::Command;

/// The examples of a command, by its path below `panjereh`; one command a line.
const EXAMPLES: &[(&[&str], &str)] = &[
    (&[], "panjereh demo\npanjereh config default > panjereh.toml\npanjereh serve --config /etc/panjereh/panjereh.toml"),
    (&["serve"], "panjereh serve\npanjereh serve --listen 127.0.0.1:9000 --set log.level=debug"),
    (
        &["demo"],
        "panjereh demo\npanjereh demo --port 9000 --data /tmp/demo --people 5000\npanjereh demo --set registration.mode=open",
    ),
    (&["migrate"], "panjereh migrate"),
    (&["doctor"], "panjereh doctor\npanjereh doctor --config /etc/panjereh/panjereh.toml"),
    (&["healthy"], "panjereh healthy\npanjereh healthy --at 127.0.0.1:9000"),
    (&["keys"], "panjereh keys list"),
    (&["keys", "generate"], "panjereh keys generate\npanjereh keys generate --alg ES256 --alg RS256"),
    (&["keys", "list"], "panjereh keys list"),
    (&["keys", "rotate"], "panjereh keys rotate\npanjereh keys rotate --alg ES256 --now"),
    (&["agency"], "panjereh agency apply agencies.toml"),
    (
        &["agency", "apply"],
        "panjereh agency apply agencies.toml --dry-run --verbose\npanjereh agency apply agencies.toml --prune",
    ),
    (
        &["agency", "registration-token"],
        "panjereh agency registration-token --days 30 --note 'Ministry of Roads'\npanjereh agency registration-token list",
    ),
    (&["agency", "registration-token", "list"], "panjereh agency registration-token list"),
    (&["agency", "registration-token", "revoke"], "panjereh agency registration-token revoke 4c1d"),
    (&["agency", "list"], "panjereh agency list"),
    (&["agency", "example"], "panjereh agency example > agencies.toml"),
    (
        &["events"],
        "panjereh events --reason 'case 14' --client tax --since 7d --kind tokens_issued --kind claims_released\n\
         panjereh events --reason 'case 15' --person - --format json < national-id.txt\npanjereh events --reason 'night shift' --since 1h --follow",
    ),
    (&["events", "kinds"], "panjereh events kinds > events.md"),
    (&["registry"], "panjereh registry import people.csv"),
    (&["registry", "import"], "panjereh registry import people.csv"),
    (&["registry", "generate"], "panjereh registry generate --people 1000 --out people.csv"),
    (
        &["registry", "serve"],
        "panjereh registry serve --certificate registry.pem --key registry.key --client-ca sign-in-ca.pem --signing-key answers.key",
    ),
    (&["config"], "panjereh config check"),
    (&["config", "check"], "panjereh config check --set server.issuer=https://window.example"),
    (&["config", "default"], "panjereh config default > panjereh.toml"),
    (&["completions"], "panjereh completions bash > /etc/bash_completion.d/panjereh"),
    (&["man"], "panjereh man > /usr/local/share/man/man1/panjereh.1\npanjereh man keys rotate"),
];

/// The command line with its examples.
pub(crate) fn with_examples(command: Command) -> Command {
    EXAMPLES.iter().fold(command, |command, (path, lines)| added(command, path, lines))
}

fn added(command: Command, path: &[&'static str], lines: &str) -> Command {
    match path {
        [] => command.after_help(format!("Examples:\n  {}", lines.replace('\n', "\n  "))),
        [first, rest @ ..] => command.mut_subcommand(first, |inner| added(inner, rest, lines)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command_line;

    /// The words of a line of a shell, up to a redirection; single quotes hold a word together.
    fn words(line: &str) -> Vec<String> {
        let line = line.split(" > ").next().unwrap_or_default().split(" < ").next().unwrap_or_default();
        let quoted = line.split('\'').enumerate();
        quoted
            .flat_map(|(at, part)| match at % 2 {
                0 => part.split_whitespace().map(str::to_owned).collect(),
                _ => vec![part.to_owned()],
            })
            .collect()
    }

    fn paths(command: &Command, above: &[String], found: &mut Vec<Vec<String>>) {
        found.push(above.to_vec());
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            paths(inner, &[above, &[inner.get_name().to_owned()]].concat(), found);
        }
    }

    #[test]
    fn every_command_has_examples_and_each_of_them_parses() {
        let mut found = Vec::new();
        paths(&command_line(), &[], &mut found);
        found.sort();
        let mut with: Vec<Vec<String>> =
            EXAMPLES.iter().map(|(path, _)| path.iter().map(|&name| name.to_owned()).collect()).collect();
        with.sort();
        assert_eq!(with, found);
        for line in EXAMPLES.iter().flat_map(|(_, lines)| lines.lines()) {
            let parsed = command_line().try_get_matches_from(words(line));
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
        }
    }

    #[test]
    fn the_examples_are_at_the_end_of_the_help() {
        let help = command_line().try_get_matches_from(["panjereh", "keys", "rotate", "--help"]).unwrap_err().to_string();
        assert!(
            help.trim_end().ends_with("Examples:\n  panjereh keys rotate\n  panjereh keys rotate --alg ES256 --now"),
            "{help}"
        );
    }
}
