//! SMPP 3.4: a message centre in every mood.

use super::centre::{Centre, Mood, Receipts, whole};
use super::{Files, deliver, embedded, number, outbox, put, run, smpp, state, until, until_state, worlds};
use crate::world::World;
use panjereh::records::delivery::message::MessageState::{Accepted, Delivered, Expired, Queued, Undeliverable};
use std::collections::BTreeMap;
use std::time::Duration;

const PERSIAN: &str = "پنجره: حسابی که با این شماره ساخته شده بود، به کسی داده شد که نشان داد به نام خود اوست. دیگر نمی‌توانید وارد آن شوید. \
    اگر اشتباه است، با پشتیبانی تماس بگیرید. پشتیبانی: ۰۲۱۱۲۳۴۵۶۷۸";

/// How often the centre took each message.
fn times(centre: &Centre) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for part in centre.taken() {
        *times.entry(part.to).or_default() += 1;
    }
    times
}

#[tokio::test]
async fn a_part_is_submitted_as_the_specification_says_and_its_receipt_is_noted() {
    let centre = Centre::start(Mood::Good).await;
    let files = Files::new();
    for world in worlds(&files, &[smpp("one", centre.port, "")]).await {
        let before = centre.submitted().len();
        let id = put(&world.app, &number(1), "سلام").await;
        let _running = run(&world.app);
        until_state(&world.app, id, Delivered).await;
        let part = centre.submitted().pop().unwrap();
        assert_eq!(centre.submitted().len(), before + 1);
        assert_eq!((part.source.as_str(), part.to.as_str(), part.numbering), ("Window", "989126000001", (1, 1)));
        // SMPP 3.4 §5.2.12, §5.2.17, §5.2.19; §7.1.1.2: two days at most.
        assert_eq!((part.esm_class, part.registered, part.coding), (0, 1, 8));
        assert_eq!((part.validity.as_str(), part.text().as_str()), ("000001000000000R", "سلام"));
        assert_eq!(centre.binds().pop().unwrap(), ("window".to_owned(), "secret".to_owned(), 0x34));
        until("the receipt was answered", async || centre.receipts_answered() > before).await;
        assert_eq!(outbox(&world).await, []);
    }
}

#[tokio::test]
async fn a_persian_text_of_three_parts_and_a_latin_one_of_two_arrive_whole() {
    let centre = Centre::start(Mood::Good).await;
    let world = embedded(&Files::new(), &[smpp("one", centre.port, "")]).await;
    let latin = "Panjereh: the account that was made with this number now belongs to another person. ".repeat(3);
    let (persian, latin) = (PERSIAN.to_owned(), latin.trim().to_owned());
    let _running = run(&world.app);
    for text in [&persian, &latin] {
        let id = put(&world.app, &number(1), text).await;
        until_state(&world.app, id, Delivered).await;
    }
    let parts = centre.submitted();
    assert_eq!(parts.iter().filter(|part| part.coding == 8).count(), 3);
    assert_eq!(parts.iter().filter(|part| part.coding == 0).count(), 2);
    assert!(parts.iter().all(|part| part.esm_class == 0x40), "each part says that it has a header");
    let whole = whole(&parts);
    assert!(whole.contains(&persian) && whole.contains(&latin), "{whole:?}");
}

#[tokio::test]
async fn a_message_is_delivered_when_all_its_parts_are_and_lost_when_one_is() {
    let centre = Centre::start(Mood::Good).await;
    centre.send_receipts(Receipts::None);
    let world = embedded(&Files::new(), &[smpp("one", centre.port, "")]).await;
    let id = put(&world.app, &number(1), PERSIAN).await;
    deliver(&world.app).await;
    assert_eq!(state(&world.app, id).await, Accepted);
    let parts: Vec<String> = centre.taken().into_iter().filter_map(|part| part.id).collect();
    let settle = async |part: &str, end| {
        let mut tx = world.app.store.write().await.unwrap();
        let receipt =
            panjereh::records::delivery::message::Receipt { provider: "one".to_owned(), part: part.to_owned(), state: end };
        let settled = tx.settle_message(&receipt, world.now()).await.unwrap();
        tx.save().await.unwrap();
        settled
    };
    settle(&parts[0], Delivered).await;
    settle(&parts[0], Delivered).await;
    settle(&parts[1], Delivered).await;
    assert_eq!(state(&world.app, id).await, Accepted, "two of three, and one of them twice");
    settle(&parts[2], Undeliverable).await;
    assert_eq!(state(&world.app, id).await, Undeliverable);
    settle(&parts[2], Delivered).await;
    assert_eq!(state(&world.app, id).await, Undeliverable);
}

#[tokio::test]
async fn a_receipt_that_overtakes_the_answer_is_noted_all_the_same() {
    let centre = Centre::start(Mood::Good).await;
    centre.send_receipts(Receipts::Before("UNDELIV"));
    let world = embedded(&Files::new(), &[smpp("one", centre.port, "")]).await;
    let _running = run(&world.app);
    let id = put(&world.app, &number(1), "x").await;
    until_state(&world.app, id, Undeliverable).await;
}

#[tokio::test]
async fn the_window_is_kept_and_every_message_is_sent_once() {
    let centre = Centre::start(Mood::Slow(Duration::from_millis(30))).await;
    let world = embedded(&Files::new(), &[smpp("one", centre.port, "window = 4")]).await;
    for at in 0..40 {
        put(&world.app, &number(at), "x").await;
    }
    deliver(&world.app).await;
    assert_eq!(centre.most_waiting(), 4);
    let times = times(&centre);
    assert!(times.len() == 40 && times.values().all(|times| *times == 1), "{times:?}");
}

#[tokio::test]
async fn a_throttled_message_is_submitted_again_and_taken_once() {
    let centre = Centre::start(Mood::Throttles(3)).await;
    let world = embedded(&Files::new(), &[smpp("one", centre.port, "window = 8")]).await;
    for at in 0..30 {
        put(&world.app, &number(at), "x").await;
    }
    until("all were taken", async || {
        deliver(&world.app).await;
        world.pass(Duration::from_secs(10));
        times(&centre).len() == 30
    })
    .await;
    assert!(centre.submitted().len() > 30, "some were throttled (ESME_RTHROTTLED)");
    assert!(times(&centre).values().all(|times| *times == 1));
}

#[tokio::test]
async fn what_a_centre_did_not_answer_before_it_hung_up_is_sent_again_and_what_it_answered_is_not() {
    let files = Files::new();
    let centre = Centre::start(Mood::HangsUp(5)).await;
    for world in worlds(&files, &[smpp("one", centre.port, "window = 5")]).await {
        for at in 0..12 {
            put(&world.app, &number(at), "x").await;
        }
        let had = centre.taken().len();
        until("all were taken", async || {
            deliver(&world.app).await;
            world.pass(Duration::from_secs(20));
            centre.taken().len() >= had + 12
        })
        .await;
        assert_eq!(outbox(&world).await, []);
        deliver(&world.app).await;
        assert_eq!(centre.taken().len(), had + 12, "an acknowledged message is not sent again");
    }
    assert_eq!(centre.submitted().len(), centre.taken().len() + 5, "the five of the broken connection went out twice");
}

#[tokio::test]
async fn a_restart_loses_no_message_and_sends_none_again_that_was_acknowledged() {
    let files = Files::new();
    let centre = Centre::start(Mood::Good).await;
    centre.send_receipts(Receipts::None);
    for world in worlds(&files, &[smpp("one", centre.port, "")]).await {
        let had = centre.taken().len();
        let sent = put(&world.app, &number(1), "first").await;
        deliver(&world.app).await;
        // The centre is gone when the second one is to be sent; then the program ends.
        centre.set(Mood::Refuses(0x08));
        let waiting = put(&world.app, &number(2), "second").await;
        deliver(&world.app).await;
        assert_eq!((state(&world.app, sent).await, state(&world.app, waiting).await), (Accepted, Queued));
        centre.set(Mood::Good);
        world.pass(Duration::from_secs(10));
        let after = world.another_app(world.clock.clone(), |_| ()).await;
        deliver(&after).await;
        deliver(&world.app).await;
        assert_eq!((state(&after, sent).await, state(&after, waiting).await), (Accepted, Accepted));
        let taken: Vec<String> = centre.taken().iter().skip(had).map(|part| part.to.clone()).collect();
        assert_eq!(taken, ["989126000001", "989126000002"]);
        // A receipt that arrives at another instance than the one that sent the message.
        let _running = run(&after);
        centre.send_receipts(Receipts::After("EXPIRED"));
        let third = put(&after, &number(3), "third").await;
        until_state(&after, third, Expired).await;
        centre.send_receipts(Receipts::None);
    }
}

#[tokio::test]
async fn while_the_first_provider_is_down_slow_or_refuses_the_second_one_sends_and_the_first_rests() {
    let first = Centre::start(Mood::Refuses(0x08)).await;
    let second = Centre::start(Mood::Good).await;
    let providers =
        [smpp("first", first.port, "timeout = \"1s\"").replacen("timeout = \"15s\"\n", "", 1), smpp("second", second.port, "")];
    let world = embedded(&Files::new(), &providers).await;
    let (mut sent, mut asked) = (0, 0);
    for mood in [Mood::Refuses(0x08), Mood::Silent, Mood::Refuses(0x0B)] {
        first.set(mood);
        for _ in 0..3 {
            put(&world.app, &number(sent), "x").await;
            sent += 1;
            deliver(&world.app).await;
        }
        assert_eq!(second.taken().len(), sent);
        let parts = first.submitted().len() - asked;
        // A number that the first one refuses says nothing about the first one.
        assert_eq!(parts, if mood == Mood::Refuses(0x0B) { 3 } else { 1 });
        asked = first.submitted().len();
        world.pass(Duration::from_mins(3));
    }
    // It recovers by itself.
    first.set(Mood::Good);
    put(&world.app, &number(99), "x").await;
    deliver(&world.app).await;
    assert_eq!((first.taken().len(), second.taken().len()), (1, sent));
    // Gone: nothing listens there any more.
    first.stop();
    put(&world.app, &number(98), "x").await;
    until("the second one sent it", async || {
        deliver(&world.app).await;
        world.pass(Duration::from_secs(3));
        second.taken().len() == sent + 1
    })
    .await;
}

#[tokio::test]
async fn a_number_that_every_provider_refuses_is_undeliverable_at_once() {
    let (first, second) = (Centre::start(Mood::Refuses(0x0B)).await, Centre::start(Mood::Refuses(0x01)).await);
    let providers = [smpp("first", first.port, ""), smpp("second", second.port, "")];
    let world = embedded(&Files::new(), &providers).await;
    let id = put(&world.app, &number(1), "x").await;
    deliver(&world.app).await;
    assert_eq!(state(&world.app, id).await, Undeliverable);
    assert_eq!(outbox(&world).await, []);
    world.pass(Duration::from_mins(10));
    deliver(&world.app).await;
    assert_eq!((first.submitted().len(), second.submitted().len()), (1, 1));
}

#[tokio::test]
async fn a_centre_that_does_not_answer_enquire_link_is_left_and_bound_again() {
    let centre = Centre::start(Mood::Good).await;
    let world =
        embedded(&Files::new(), &[smpp("one", centre.port, "enquire_link = \"1s\"").replacen("\"15s\"", "\"2s\"", 1)]).await;
    let _running = run(&world.app);
    until("it asks", async || centre.enquiries() >= 1).await;
    assert_eq!(centre.binds().len(), 1);
    centre.set(Mood::Silent);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    centre.set(Mood::Good);
    until("it is bound again", async || centre.binds().len() >= 2).await;
}

#[tokio::test]
async fn a_message_that_no_provider_took_in_its_time_has_expired() {
    let centre = Centre::start(Mood::Refuses(0x08)).await;
    let world = embedded(&Files::new(), &[smpp("one", centre.port, "")]).await;
    let id = put(&world.app, &number(1), "x").await;
    deliver(&world.app).await;
    world.pass(Duration::from_hours(24));
    assert_eq!(state(&world.app, id).await, Expired);
    centre.set(Mood::Good);
    deliver(&world.app).await;
    assert_eq!(centre.taken().len(), 0);
    clean_up(&world, id).await;
}

async fn clean_up(world: &World, id: panjereh::identity::id::DeliveryId) {
    world.pass(Duration::from_hours(72));
    let mut tx = world.app.store.write().await.unwrap();
    assert_eq!(tx.expire_messages(world.now(), 10).await.unwrap(), 1);
    assert_eq!(tx.expire_deliveries(world.now(), 10).await.unwrap(), 1);
    tx.save().await.unwrap();
    assert_eq!(world.app.store.message_state(id, world.now()).await.unwrap(), None);
}
