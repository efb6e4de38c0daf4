//! `panjereh doctor`: what is wrong with this deployment, and what to do.

use crate::boot::doctor::{Finding, Patient, State, examine};
use crate::boot::failure::Failure;
use crate::cli::output::print;
use crate::cli::sources::Surroundings;
use crate::time::Clock;
use std::fmt::Write as _;

/// Examines the deployment that the settings describe. It fails if anything is wrong; warnings do not count.
pub(crate) async fn run(surroundings: &Surroundings) -> Result<(), Failure> {
    let settings = surroundings.settings()?;
    let master_key = surroundings.master_key();
    let patient = Patient { settings: &settings, master_key: master_key.as_ref(), now: Clock::System.now() };
    let found = examine(&patient).await;
    print(&report(&format!("usable (issuer {}; from {})", settings.issuer(), surroundings.described()?), &found))?;
    match found.iter().filter(|finding| finding.state == State::Wrong).count() {
        0 => Ok(()),
        1 => Err(Failure::new("one thing is wrong", "do what stands below it, and run `panjereh doctor` again")),
        many => {
            Err(Failure::new(format!("{many} things are wrong"), "do what stands below them, and run `panjereh doctor` again"))
        }
    }
}

fn report(settings: &str, found: &[Finding]) -> String {
    let mut text = format!("good     settings: {settings}\n");
    for finding in found {
        let state = match finding.state {
            State::Good => "good",
            State::Warning => "warning",
            State::Wrong => "wrong",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{state:<8} {}: {}", finding.part, finding.what);
        if !finding.remedy.is_empty() {
            let _ = writeln!(text, "         to do: {}", finding.remedy);
        }
    }
    text
}
