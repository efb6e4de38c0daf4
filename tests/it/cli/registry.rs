//! `panjereh registry`.

use super::{Place, assert_has, is_private};
use crate::world::registry::{NAME, Papers, write_papers};
use panjereh::boot::registry::open_registry;
use panjereh::identity::birth_date::BirthDate;
use panjereh::identity::life_event::LifeEvent;
use panjereh::identity::national_id::NationalId;
use panjereh::identity::person::RegistryAnswer;
use panjereh::random::Random;
use panjereh::registry::answer::Asking;
use panjereh::settings::{RegistrySource, Settings};
use panjereh::time::Clock;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

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
fn the_good_lines_are_kept_where_the_operator_says_so_and_the_bad_ones_are_a_private_file() {
    let place = Place::migrated();
    let file = place.run(&["registry", "generate", "--people", "5"]).succeeded();
    let mut lines: Vec<String> = file.lines().map(str::to_owned).collect();
    lines[2] = lines[2].replacen(|c: char| c.is_ascii_digit(), "x", 1);
    place.write("people.csv", &lines.join("\n"));
    let told = place.run(&["registry", "import", "--keep-good", "people.csv"]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert_has(&told.out, &["imported 4 people; 1 line is bad, written to people.csv.bad"]);
    assert_has(&told.err, &["people.csv: line 3: national_id: "]);
    assert_eq!(place.read("people.csv.bad"), format!("{}\n{}\n", lines[0], lines[2]));
    assert!(is_private(&place.path("people.csv.bad")), "its lines are personal data");
    // A file that an operator may be correcting is not written over.
    let told = place.run(&["registry", "import", "people.csv", "--keep-good"]).failed();
    assert_has(&told, &["people.csv.bad cannot be written", "nothing was imported", "--keep-good=FILE"]);
    let told = place.run(&["registry", "import", "people.csv", "--keep-good=others.csv"]);
    assert_has(&told.out, &["written to others.csv"]);
    // Corrected, it is imported in its turn, and no file is left over.
    place.write("corrected.csv", &file);
    assert_has(&place.run(&["registry", "import", "corrected.csv", "--keep-good"]).succeeded(), &["imported 5 people"]);
    assert!(!place.path("corrected.csv.bad").exists());
}

#[test]
fn a_file_of_a_spreadsheet_is_refused_by_the_name_of_what_is_wrong_with_it() {
    let place = Place::migrated();
    let file = place.run(&["registry", "generate", "--people", "200"]).succeeded();
    let refused = |bytes: &[u8]| {
        std::fs::write(place.path("people.csv"), bytes).expect("a file");
        place.run(&["registry", "import", "people.csv"]).failed()
    };
    assert_has(&refused(file.replace(',', ";").as_bytes()), &["separated by semicolons"]);
    let utf16: Vec<u8> = file.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_has(&refused(&utf16), &["the file is UTF-16"]);
    let quote: Vec<String> =
        file.lines().enumerate().map(|(at, line)| if at == 2 { format!("{line},\"x") } else { line.to_owned() }).collect();
    assert_has(&refused(quote.join("\n").as_bytes()), &["people.csv: line 3: a quote is not closed"]);
    // Dates of the United States, in each line.
    let american = file.lines().enumerate().map(|(at, line)| match line.split(',').nth(1).filter(|_| at > 0) {
        Some(date) => line.replacen(date, &format!("{}/{}/{}", &date[5..7], &date[8..], &date[..4]), 1),
        None => line.to_owned(),
    });
    let told = refused(american.collect::<Vec<_>>().join("\n").as_bytes());
    assert_has(
        &told,
        &[
            "people.csv: line 2: birth_date: a date is written YYYY-MM-DD or YYYY/MM/DD, with the year first",
            "people.csv: line 101: birth_date: ",
            "people.csv: and 100 more bad lines",
            "error: 200 lines are bad, so nothing was imported",
        ],
    );
    assert!(!told.contains("line 102:"), "at most a hundred are listed");
}

/// A running service. It ends when this is dropped.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_served_registry_answers_a_sign_in_server_that_shows_its_certificate() {
    let place = Place::migrated();
    let file = place.run(&["registry", "generate", "--people", "3", "--out", "people.csv"]).succeeded();
    assert_has(&file, &["wrote 3 people"]);
    place.run(&["registry", "import", "people.csv"]).succeeded();
    write_papers(place.folder.path(), &Papers::default());
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let listen = format!("127.0.0.1:{port}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_panjereh"));
    command.args(["registry", "serve", "--listen", &listen, "--certificate", "server.pem", "--key", "server.key"]);
    command.args(["--client-ca", "ca.pem", "--signing-key", "signing.pem", "--set", &format!("registry.name={NAME}")]);
    command.current_dir(place.folder.path()).env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _service = Service(command.spawn().expect("the program starts"));
    for _ in 0..300 {
        if TcpStream::connect(&listen).is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(is_private(&place.path("signing.pem")), "the key was made");

    let read = |name: &str| std::fs::read(place.path(name)).expect("a file");
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([reqwest::Certificate::from_pem(&read("ca.pem")).expect("a certificate")])
        .identity(reqwest::Identity::from_pem(&[read("client.pem"), read("client.key")].concat()).expect("an identity"))
        .build()
        .expect("a client");
    let url = format!("https://localhost:{port}");
    let keys = client.get(format!("{url}/v1/keys")).send().await.expect("an answer").text().await.expect("keys");
    place.write("keys.json", &keys);

    let mut settings = Settings::default();
    settings.registry.source = RegistrySource::Remote;
    NAME.clone_into(&mut settings.registry.name);
    settings.registry.url = url;
    let path = |name: &str| Some(place.path(name));
    (settings.registry.keys, settings.registry.ca) = (path("keys.json"), path("ca.pem"));
    (settings.registry.certificate, settings.registry.key) = (path("client.pem"), path("client.key"));
    let store = crate::backends::sqlite().await;
    let registry = open_registry(&settings, &store.store).expect("a registry");
    let people = place.read("people.csv");
    let line: Vec<&str> = people.lines().nth(1).expect("a line").split(',').collect();
    let (id, birth) = (NationalId::parse(line[0]).expect("an ID"), BirthDate::parse(line[1]).expect("a date"));
    let answer = registry.ask(&id, &birth, Asking { clock: &Clock::System, random: &Random::Os }).await.expect("an answer");
    let RegistryAnswer::Match(person) = answer.says else { panic!("no match") };
    assert_eq!((person.national_id.as_str(), answer.provenance.registry.as_str()), (line[0], NAME));

    // The next file of the registry has another name: who follows the feed is told.
    assert!(registry.changes(0, 10, Asking { clock: &Clock::System, random: &Random::Os }).await.expect("a page").is_empty());
    let changed = people.replacen(line[4], "دیگری", 1);
    place.write("next.csv", &changed);
    place.run(&["registry", "import", "next.csv"]).succeeded();
    let page = registry.changes(0, 10, Asking { clock: &Clock::System, random: &Random::Os }).await.expect("a page");
    let told: Vec<_> =
        page.into_iter().map(|change| (change.says.number, change.says.event, change.says.person.name.family)).collect();
    assert_eq!(told, [(1, LifeEvent::Name, "دیگری".to_owned())]);
}

#[test]
fn a_service_or_a_remote_registry_that_cannot_be_set_up_says_what_is_missing() {
    let place = Place::migrated();
    write_papers(place.folder.path(), &Papers::default());
    let serve = |certificate: &str, client_ca: &str, signing_key: &str| {
        let files = ["--certificate", certificate, "--key", "server.key", "--client-ca", client_ca, "--signing-key", signing_key];
        place.run(&[&["registry", "serve", "--listen", "127.0.0.1:0"][..], &files].concat()).failed()
    };
    place.write("empty.pem", "");
    assert_has(&serve("none.pem", "ca.pem", "signing.pem"), &["none.pem cannot be read"]);
    assert_has(&serve("empty.pem", "ca.pem", "signing.pem"), &["empty.pem", "--certificate"]);
    assert_has(&serve("server.pem", "empty.pem", "signing.pem"), &["--client-ca empty.pem holds no certificates"]);
    std::fs::set_permissions(place.path("empty.pem"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a file");
    assert_has(&serve("server.pem", "ca.pem", "empty.pem"), &["--signing-key empty.pem holds no private key"]);

    place.run(&["keys", "generate"]).succeeded();
    let remote = |more: &[&str]| {
        let mut arguments = vec!["serve", "--listen", "127.0.0.1:0", "--set", "registry.source=remote"];
        for setting in more {
            arguments.extend(["--set", setting]);
        }
        place.run(&arguments).failed()
    };
    assert_has(&remote(&[]), &["registry.url is empty"]);
    let url = "registry.url=https://registry.example.gov";
    assert_has(&remote(&[url]), &["registry.keys is empty"]);
    assert_has(&remote(&[url, "registry.keys=empty.pem"]), &["registry.keys holds no JSON", "JWK Set"]);
    place.write("keys.json", "{\"keys\":[]}");
    assert_has(&remote(&[url, "registry.keys=keys.json"]), &["registry.keys cannot be used"]);
    assert_has(&remote(&["registry.url=registry.example.gov"]), &["registry.url"]);
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
