//! Races: hundreds of requests in one instant for a few uses, at two processes on one PostgreSQL and at one on SQLite. Of
//! every kind of limit exactly what it allows is taken, and everybody else is told why not.

use crate::attack::{Answer, Request, at_once};
use crate::house::{House, instant, ticket};
use crate::server::Server;
use crate::{ALONE, random, rounds};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use support::app::Database;
use support::make::{self, Coupon};
use uuid::Uuid;
use vouchsafe::clock::Clock;

const DATABASES: [Database; 2] = [Database::Sqlite, Database::Postgres];

/// A house and the servers in front of it.
struct Track {
    house: House,
    servers: Vec<Server>,
}

impl Track {
    async fn open(database: Database) -> Self {
        let house = House::new(database).await;
        if cfg!(feature = "planted-no-lock") && database == Database::Postgres {
            house.run(support::make::WITHOUT_THE_LAST_GUARD).await;
        }
        let mut servers = Vec::new();
        for _ in 0..if database == Database::Postgres { 2 } else { 1 } {
            servers.push(Server::start(&house).await);
        }
        Self { house, servers }
    }

    fn address(&self, racer: usize) -> SocketAddr {
        self.servers[racer % self.servers.len()].address
    }

    fn redeem(&self, racer: usize, body: Value) -> Request {
        Request::redeem(self.address(racer), &self.house.key, body)
    }

    /// Ends the race day.
    async fn close(self) {
        self.house.is_sound().await;
        drop(self.servers);
        self.house.leave().await;
    }
}

/// How often each answer came: a status, and the machine's word of a problem.
fn tally(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        let word = match answer.status {
            201 => "201".to_owned(),
            0 => format!("no answer {}", answer.body),
            status => format!("{status} {}", answer.code()),
        };
        *tally.entry(word).or_default() += 1;
    }
    tally
}

/// Exactly so many winners; all others have one of these words.
fn judge(what: &str, answers: &[Answer], winners: usize, words: &[&str]) {
    let tally = tally(answers);
    let others: usize = tally.iter().filter(|(word, _)| words.contains(&word.as_str())).map(|(_, count)| count).sum();
    assert_eq!(tally.get("201").copied().unwrap_or_default(), winners, "{what}: {tally:?}");
    assert_eq!(others, answers.len() - winners, "{what}: {tally:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_500_racers_exactly_10_win_10_uses() {
    let _alone = ALONE.lock().await;
    for database in DATABASES {
        let track = Track::open(database).await;
        let many = rounds(1, 200);
        for round in 0..many {
            let coupon = track.house.coupon(make::coupon().percent("100").max_uses(10)).await;
            let requests = (0..500).map(|racer| track.redeem(racer, instant(&coupon.code))).collect();
            let answers = at_once(requests).await;
            judge(&format!("{database:?}, round {round}"), &answers, 10, &["410 exhausted"]);
            let row = track.house.coupon_row(coupon.id).await;
            assert_eq!((row.uses, row.held, row.spent), (10, 0, 10_000), "round {round}");
        }
        let kept = track.house.redemptions().await.len();
        assert_eq!(kept, many * 10);
        println!("{database:?}: {many} rounds of 500 racers on 10 uses: 10 won in each, {kept} redemptions in all");
        track.close().await;
    }
}

/// A kind of limit: its name, how many win, and what the others are told.
type Kind = (&'static str, usize, &'static [&'static str]);

const KINDS: [Kind; 7] = [
    ("code", 10, &["410 exhausted"]),
    ("person", 1, &["409 already_applied", "409 person_limit"]),
    ("organization", 3, &["409 organization_limit"]),
    ("product", 10, &["422 product_limit"]),
    ("budget", 33, &["410 budget_exhausted", "422 no_effect"]),
    ("free claims over 5 coupons", 2, &["422 free_claims_limit"]),
    ("50 codes of one coupon", 10, &["410 exhausted"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_other_kind_of_limit_is_as_exact() {
    let _alone = ALONE.lock().await;
    let (racers, many) = (rounds(150, 500), rounds(1, 30));
    for database in DATABASES {
        let track = Track::open(database).await;
        for (kind, winners, words) in KINDS {
            for round in 0..many {
                let requests = entries(&track, kind, racers).await;
                let answers = at_once(requests).await;
                judge(&format!("{database:?}, {kind}, round {round}"), &answers, winners, words);
            }
            println!("{database:?}: {many} rounds of {racers} racers for the limit of {kind}: {winners} won in each");
        }
        track.close().await;
    }
}

/// The entries of one race for this kind of limit.
async fn entries(track: &Track, kind: &str, racers: usize) -> Vec<Request> {
    let house = &track.house;
    let free = || make::coupon().percent("100");
    house
        .run(&format!(
            "UPDATE tenants SET free_claims_per_person = {}",
            if kind.starts_with("free") { "2" } else { "NULL" }
        ))
        .await;
    let ada = json!({ "external_id": format!("ada-{}", Uuid::now_v7()) });
    match kind {
        "code" => {
            let coupon = house.coupon(free()).await;
            house.run(&format!("UPDATE codes SET max_uses = 10 WHERE text = '{}'", coupon.code)).await;
            (0..racers).map(|racer| track.redeem(racer, instant(&coupon.code))).collect()
        }
        "person" => {
            let coupon = house.coupon(free().with(|row| row.max_uses_per_person = Set(Some(1)))).await;
            let body = with(instant(&coupon.code), "person", &ada);
            (0..racers).map(|racer| track.redeem(racer, body.clone())).collect()
        }
        "organization" => {
            let club = house.organization(&format!("Club {}", Uuid::now_v7())).await;
            let coupon = house.coupon(free().per_organization(Some(3))).await;
            let body = with(instant(&coupon.code), "organization_id", &json!(club));
            (0..racers).map(|racer| track.redeem(racer, body.clone())).collect()
        }
        "product" => {
            let coupon = house.coupon(free().with(|row| row.max_uses_per_product = Set(Some(10)))).await;
            (0..racers).map(|racer| track.redeem(racer, instant(&coupon.code))).collect()
        }
        "budget" => {
            // 100.00 for gifts of 3.00.
            let coupon = house.coupon(free().with(|row| row.budget = Set(Some(10_000)))).await;
            let body = with(instant(&coupon.code), "items", &json!([ticket(300)]));
            (0..racers).map(|racer| track.redeem(racer, body.clone())).collect()
        }
        "free claims over 5 coupons" => {
            let mut coupons: Vec<Coupon> = Vec::new();
            for _ in 0..5 {
                coupons.push(house.coupon(free()).await);
            }
            let body = |racer: usize| with(instant(&coupons[racer % 5].code), "person", &ada);
            (0..racers).map(|racer| track.redeem(racer, body(racer))).collect()
        }
        _ => {
            let coupon = house.coupon(free().max_uses(10)).await;
            let codes = more_codes(house, &coupon, 49).await;
            (0..racers).map(|racer| track.redeem(racer, instant(&codes[racer % codes.len()]))).collect()
        }
    }
}

fn with(mut body: Value, field: &str, value: &Value) -> Value {
    body[field] = value.clone();
    body
}

/// So many more codes of a coupon; all of them.
async fn more_codes(house: &House, coupon: &Coupon, more: usize) -> Vec<String> {
    use sea_orm::EntityTrait;
    use vouchsafe::coupons::code::CodeText;
    use vouchsafe::db::tables::codes::{ActiveModel, Entity};
    let texts: Vec<CodeText> =
        (0..more).map(|number| CodeText::parse(&format!("{}-{number}-ZZ", coupon.code)).unwrap()).collect();
    let row = |text: &CodeText| ActiveModel {
        batch_id: Set(None),
        tenant_id: Set(house.tenant),
        id: Set(Uuid::now_v7()),
        coupon_id: Set(coupon.id),
        text: Set(text.as_str().to_owned()),
        key: Set(text.key().as_str().to_owned()),
        max_uses: Set(None),
        canary: Set(false),
        uses: Set(0),
        held: Set(0),
        created_at: Set(Clock::System.now()),
        deleted_at: Set(None),
    };
    let db = house.db().await;
    let tx = db.begin().await.unwrap();
    Entity::insert_many(texts.iter().map(row)).exec_without_returning(&tx).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await;
    texts.iter().map(|text| text.as_str().to_owned()).chain([coupon.code.clone()]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_maximum_that_is_lowered_in_mid_race_is_never_passed() {
    let _alone = ALONE.lock().await;
    let (racers, many) = (rounds(150, 500), rounds(1, 50));
    for database in DATABASES {
        let track = Track::open(database).await;
        let (mut lowered, mut refused) = (0, 0);
        for round in 0..many {
            let coupon = track.house.coupon(make::coupon().percent("100").max_uses(racers as i64)).await;
            let entries = (0..racers).map(|racer| Request {
                after: Duration::from_millis(random(80)),
                ..track.redeem(racer, instant(&coupon.code))
            });
            let lower = lower(&track, &coupon, racers as i64 / 3);
            let (answers, max) = tokio::join!(at_once(entries.collect()), lower);
            match max {
                Some(_) => lowered += 1,
                None => refused += 1,
            }
            let row = track.house.coupon_row(coupon.id).await;
            judge(&format!("{database:?}, round {round}"), &answers, row.uses as usize, &["410 exhausted"]);
            assert!(row.uses <= row.max_uses.unwrap(), "{database:?}, round {round}: {row:?}");
            assert_eq!(row.max_uses, Some(max.unwrap_or(racers as i64)), "{database:?}, round {round}");
        }
        println!(
            "{database:?}: {many} rounds of {racers} racers while the maximum is lowered: done in {lowered}, too late in {refused}, never passed"
        );
        track.close().await;
    }
}

/// Lowers the maximum in the middle of a race, as an administrator's program does; the new one if it was taken.
async fn lower(track: &Track, coupon: &Coupon, to: i64) -> Option<i64> {
    tokio::time::sleep(Duration::from_millis(40 + random(80))).await;
    let url = format!("http://{}/api/v1/coupons/{}", track.address(1), coupon.id);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.patch(url).bearer_auth(&track.house.key).header("Content-Type", "application/merge-patch+json");
    let response = request.body(json!({ "max_uses": to }).to_string()).send().await.unwrap();
    let (status, body) = (response.status().as_u16(), response.text().await.unwrap());
    assert!([200, 204, 409, 422].contains(&status), "{status}: {body}");
    (status < 300).then_some(to)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_uses_and_the_end_in_the_same_instant() {
    let _alone = ALONE.lock().await;
    let (racers, many) = (rounds(120, 500), rounds(1, 50));
    for database in DATABASES {
        let track = Track::open(database).await;
        let (mut in_time, mut late) = (0, 0);
        for round in 0..many {
            let end = Clock::System.now() + Duration::from_millis(900);
            let coupon =
                track.house.coupon(make::coupon().percent("100").max_uses(racers as i64 / 2).ends_at(end)).await;
            let entries: Vec<_> = (0..racers).map(|racer| track.redeem(racer, instant(&coupon.code))).collect();
            // Around the end, some before it and some after.
            let until = (end - Clock::System.now()).num_milliseconds().max(0) as u64;
            let spread = entries.into_iter().map(|entry| Request {
                after: Duration::from_millis(until.saturating_sub(300) + random(500)),
                ..entry
            });
            let answers = at_once(spread.collect()).await;
            let row = track.house.coupon_row(coupon.id).await;
            judge(
                &format!("{database:?}, round {round}"),
                &answers,
                row.uses as usize,
                &["410 exhausted", "410 expired"],
            );
            for answer in answers.iter().filter(|answer| answer.status == 201) {
                let at: DateTime<Utc> = answer.json()["confirmed_at"].as_str().unwrap().parse().unwrap();
                assert!(at < end, "{database:?}, round {round}: confirmed at {at}, ended at {end}");
            }
            in_time += row.uses;
            late += tally(&answers).get("410 expired").copied().unwrap_or_default();
        }
        println!(
            "{database:?}: {many} rounds of {racers} racers around the end: {in_time} in time, {late} too late, none in between"
        );
        track.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_that_are_confirmed_in_the_instant_they_expire() {
    let _alone = ALONE.lock().await;
    let (racers, many) = (rounds(100, 490), rounds(1, 50));
    for database in DATABASES {
        let track = Track::open(database).await;
        let (mut kept, mut gone) = (0, 0);
        for round in 0..many {
            let coupon = track.house.coupon(make::coupon().percent("50").max_uses(10)).await;
            let hold = |racer: usize, seconds: i64| {
                let body =
                    json!({ "code": coupon.code, "mode": "hold", "hold_seconds": seconds, "items": [ticket(1_000)] });
                track.redeem(racer, body)
            };
            let held = at_once((0..10).map(|racer| hold(racer, 1)).collect()).await;
            judge(&format!("{database:?}, round {round}, holds"), &held, 10, &[]);
            let end: DateTime<Utc> = held[0].json()["held_until"].as_str().unwrap().parse().unwrap();
            let confirms = held.iter().enumerate().map(|(racer, held)| Request {
                path: format!("/api/v1/redemptions/{}/confirm", held.json()["id"].as_str().unwrap()),
                ..track.redeem(racer, json!({}))
            });
            let requests: Vec<_> = confirms.chain((0..racers).map(|racer| hold(racer, 600))).collect();
            let until = (end - Clock::System.now()).num_milliseconds().max(0) as u64;
            let around = requests.into_iter().map(|request| Request {
                after: Duration::from_millis(until.saturating_sub(40) + random(120)),
                ..request
            });
            let answers = at_once(around.collect()).await;
            let (confirms, holds) = answers.split_at(10);
            let confirmed = confirms.iter().filter(|answer| answer.status == 200).count();
            let late = confirms.iter().filter(|answer| answer.status == 409 && answer.code() == "too_late").count();
            assert_eq!(confirmed + late, 10, "{database:?}, round {round}: {:?}", tally(confirms));
            let taken = holds.iter().filter(|answer| answer.status == 201).count();
            judge(&format!("{database:?}, round {round}"), holds, taken, &["409 held", "410 exhausted"]);
            let row = track.house.coupon_row(coupon.id).await;
            // A hold that nobody confirmed in time may still wait to be retired.
            assert!(confirmed + taken <= 10, "{database:?}, round {round}: {confirmed} confirmed and {taken} held");
            assert_eq!(row.uses as usize, confirmed, "{database:?}, round {round}: {row:?}");
            (kept, gone) = (kept + confirmed, gone + late);
        }
        println!(
            "{database:?}: {many} rounds of 10 holds confirmed as they expire: {kept} kept, {gone} too late, never one too many"
        );
        track.close().await;
    }
}
