//! What happened in the demo before you came: codes applied, refused, and one taken back.

use super::house::{House, by};
use crate::accounts::persons::Alias;
use crate::redemptions::desk::{Asker, Change, Desk, Enter, Event, Place, Reply};
use anyhow::Context;
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// Days ago, which organization, what was typed.
const ENTRIES: [(i64, usize, &str); 35] = [
    (62, 0, "beta seats"),
    (60, 2, "BETA-SEATS"),
    (58, 3, "partner-a"),
    (57, 4, "PARTNER-B"),
    (55, 5, "partner-b"),
    (54, 6, "PARTNER-B"),
    (54, 7, "partner-b"),
    (48, 0, "PARTNER-A"),
    (47, 2, "hello credit"),
    (45, 8, "HELLO-CREDIT"),
    (41, 3, "seats-50"),
    (40, 5, "SEATS 50"),
    (33, 4, "lab access"),
    (32, 6, "LAB-ACCESS"),
    (31, 7, "LAB-ACCESS"),
    (28, 2, "pilot-one"),
    (27, 3, "PILOT-ONE"),
    (24, 1, "seats-50"),
    (22, 0, "SPRING-26"),
    (19, 8, "double projects"),
    (18, 4, "AGENCY"),
    (15, 0, "try-instances"),
    (14, 0, "Try Instances"),
    (12, 1, "hello-credit"),
    (11, 7, "SORRY-20"),
    (9, 5, "sorry-20"),
    (8, 2, "wecome-10"),
    (8, 2, "WELLCOME"),
    (6, 6, "old credit"),
    (4, 3, "PILOT-TWO"),
    (3, 0, "hello-credit"),
    (2, 8, "agency"),
    (1, 5, "seats-100"),
    (0, 1, "GIFT-CARD-50"),
    (0, 4, "summer 26"),
];

/// Lets it happen, each at its time.
pub(super) async fn happen(desk: &Desk, house: &House, now: DateTime<Utc>) -> anyhow::Result<()> {
    let mut first = None;
    for ((days, number, entered), step) in ENTRIES.into_iter().zip(0..) {
        let organization = house.organizations.get(number).context("an organization is missing")?;
        let user = house.users.get(number).context("a user is missing")?;
        let at = house.at(now, days, (days * 67 + step * 13) % 540);
        let enter = Enter {
            tenant: house.tenant.clone(),
            actor: by(user),
            id: crate::clock::id_at(at),
            entered: entered.to_owned(),
            place: Place::Organization(organization.id),
            asker: Asker {
                user: Some(user.id),
                aliases: [Alias::User(user.id)].into(),
                address: "127.0.0.1".to_owned(),
                ..Asker::default()
            },
            channel: "organization".to_owned(),
            request: None,
            beside: None,
            now: at,
        };
        if let Reply::Done(receipt) = desk.enter(enter).await? {
            first = first.or(Some(receipt.redemption.id));
        }
    }
    take_back(desk, house, first.context("nothing was redeemed")?, now - Duration::days(50)).await
}

async fn take_back(desk: &Desk, house: &House, id: Uuid, now: DateTime<Utc>) -> anyhow::Result<()> {
    let change = Change {
        tenant: house.tenant.clone(),
        actor: house.by_admin(),
        id,
        event: Event::Reverse(None),
        reason: Some("entered for the wrong organization".to_owned()),
        request: None,
        beside: None,
        now,
    };
    desk.change(change).await?;
    Ok(())
}
