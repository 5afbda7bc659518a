use super::*;

#[test]
fn every_sentence_ends_with_whom_to_ask_and_is_one_sentence_before_it() {
    for (refusal, code, ..) in table() {
        let sentence = refusal.sentence(&voice());
        let reason = sentence.strip_suffix(" Contact help@example.com for help.").unwrap();
        assert!(reason.ends_with('.'), "{code}: {reason}");
        assert!(!reason.trim_end_matches('.').contains(". "), "{code}: {reason}");
        assert!(
            reason.chars().next().unwrap().is_uppercase() || reason.starts_with(char::is_numeric),
            "{code}: {reason}"
        );
    }
    assert_eq!(voice().with_contact("No."), "No. Contact help@example.com for help.");
    assert_eq!(Voice { support_contact: " ", ..voice() }.with_contact("No."), "No. Contact support for help.");
}

#[test]
fn a_sentence_says_what_is_missing() {
    let says = |refusal: Refusal| refusal.reason(&voice());
    assert_eq!(
        says(Refusal::BelowMinimum { minimum: 2000, subtotal: 1580 }),
        "4.20 EUR more is needed: this code is for orders from 20.00 EUR."
    );
    let held = |limit| says(Refusal::Held { limit, until: Some(minutes(12)) });
    assert_eq!(
        held(HeldLimit::Coupon),
        "All that is left of this offer is in orders that are not paid yet; try again in 12 minutes."
    );
    assert!(held(HeldLimit::Product { product: "Issue 7".to_owned() }).contains("for Issue 7"));
    assert_eq!(
        says(Refusal::NotStarted { starts_at: "2026-11-27T08:00:00Z".parse().unwrap() }),
        "This code starts 27 Nov 2026, 09:00."
    );
    assert_eq!(
        says(Refusal::NotStarted { starts_at: "2026-11-24T08:00:00Z".parse().unwrap() }),
        "This code starts Tuesday 09:00."
    );
    assert_eq!(
        says(Refusal::Expired { ended_at: "2026-10-31T23:00:00Z".parse().unwrap() }),
        "This code was valid until 31 Oct 2026, 23:59."
    );
    let applied_at = "2026-11-01T09:30:00Z".parse().unwrap();
    assert_eq!(
        says(Refusal::AlreadyApplied { holder: Holder::Organization, applied_at }),
        "Your organization already used this code on 1 Nov 2026, 10:30; it can be used once."
    );
    assert_eq!(says(Refusal::PersonLimit { max: 2 }), "You have used this offer twice, as often as one person may.");
    assert_eq!(says(Refusal::PersonLimit { max: 0 }), "This offer is closed.");
    assert_eq!(
        says(Refusal::LimitUnchanged { limits: vec!["Instances".to_owned(), "Seats".to_owned()] }),
        "Nothing would change: Instances and Seats are already there."
    );
    let bounds = LimitObstacle { obstacle: Obstacle::OutsideBounds { minimum: None, maximum: Some(8) }, ..locked() };
    assert_eq!(
        says(Refusal::LimitNotApplicable { limits: vec![locked(), bounds] }),
        "Seats is locked for your organization; Seats must stay at most 8."
    );
    assert!(says(Refusal::NotForOrders).contains("your organization’s page"));
    assert!(says(Refusal::NotForOrganizations).contains("when you order"));
}

#[test]
fn the_inner_reason_of_an_unknown_code_is_for_staff_only() {
    let all = [
        UnknownBecause::NoSuchCode,
        UnknownBecause::CodeDeleted,
        UnknownBecause::CouponDeleted,
        UnknownBecause::AnotherTenant,
    ];
    let sentences: std::collections::BTreeSet<String> =
        all.iter().map(|&because| Refusal::UnknownCode { because }.sentence(&voice())).collect();
    assert_eq!(sentences.len(), 1);
    let for_staff: std::collections::BTreeSet<&str> = all.iter().map(|because| because.for_staff()).collect();
    assert_eq!(for_staff.len(), all.len());
}
