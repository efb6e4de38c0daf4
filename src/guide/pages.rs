//! The pages of the guide in the order in which readers find them, rendered once.

use crate::guide::markdown::{Rendered, render};
use std::sync::LazyLock;

/// A page of the guide.
#[derive(Debug)]
pub(crate) struct Page {
    /// The name of its file.
    pub(crate) name: &'static str,
    /// What it says.
    pub(crate) rendered: Rendered,
}

/// Every page of the guide, the first one first.
pub(crate) static GUIDE: LazyLock<Vec<Page>> =
    LazyLock::new(|| FILES.iter().map(|(name, text)| Page { name, rendered: render(text) }).collect());

macro_rules! files {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!(concat!("../../docs/connect/", $name, ".md")))),*] };
}

const FILES: &[(&str, &str)] = files![
    "README",
    "messages",
    "spring-boot",
    "java",
    "django",
    "flask",
    "express",
    "authjs",
    "passport",
    "browser",
    "go",
    "oauth2-proxy",
    "apache",
    "aspnet-core",
    "laravel",
    "native-app",
    "counter",
    "device",
    "api",
    "registration",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::address::uri;
    use std::collections::BTreeSet;

    #[test]
    fn every_file_of_the_guide_is_served_and_every_link_between_its_pages_leads_to_one() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/connect");
        let there = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let there: BTreeSet<String> = there.filter_map(|file| file.strip_suffix(".md").map(str::to_owned)).collect();
        assert_eq!(there, FILES.iter().map(|(name, _)| (*name).to_owned()).collect());

        let anchors = |page: &Page| page.rendered.sections.iter().map(|section| section.anchor.clone()).collect::<Vec<_>>();
        for page in GUIDE.iter() {
            let html = &page.rendered.html_for("https://window.example");
            for target in html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
                if target.starts_with("https://") || target.starts_with("http://localhost:8080") {
                    continue;
                }
                let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
                let found =
                    GUIDE.iter().find(|other| if path.is_empty() { other.name == page.name } else { uri(other.name) == path });
                let found = found.unwrap_or_else(|| panic!("{}: {target} leads nowhere", page.name));
                assert!(anchors(found).contains(&anchor.to_owned()), "{}: no such section: {target}", page.name);
            }
        }
    }
}
