//! `/organization`: the page where a member enters a code.

use reqwest::Method;
use support::prelude::*;

/// Enters a code as somebody with a page of their own would: with the form of that page.
async fn enter(actor: &Actor, code: &str) -> Answer {
    let form = actor.get("/organization").await.expect(200).page().form("#apply").with("code", code);
    actor.submit(&form).await
}

async fn limit(actor: &Actor, key: &str) -> String {
    actor.get("/organization").await.expect(200).page().text(&format!("#limit-{key}"))
}

on_both_databases! {
    async fn what_was_used_under_a_proven_address_counts_for_its_member(app: App) {
        let coupon = make::coupon().code("ONCE-EACH").credit("5").with(|row| row.max_uses_per_person = sea_orm::ActiveValue::Set(Some(1)));
        let coupon = coupon.create(&app).await;
        let (north, south) = (make::organization(&app, "North").await, make::organization(&app, "South").await);
        let member = app.member_of(&south).await;
        let email = member.user.clone().unwrap().email;
        let path = format!("/api/v1/organizations/{}/redemptions", north.id);
        let body = serde_json::json!({ "code": coupon.code, "person": { "email": email } });
        app.key(&["organizations:write"]).await.call("POST", &path, &body).await.expect(201);
        let tx = app.db.begin().await.unwrap();
        vouchsafe::accounts::users::prove_address(&tx, member.id(), app.now()).await.unwrap();
        tx.commit().await.unwrap();
        enter(&member, "ONCE-EACH").await.expect(422);
        let attempts = app.support().await.get("/audit/attempts?reason=already_applied").await.expect(200).page().words();
        assert!(attempts.contains("ONCE-EACH"), "{attempts}");
    }

    async fn an_owner_manages_the_members_and_a_member_only_sees_them(app: App) {
        let organization = make::organization(&app, "Northwind Labs").await;
        let member = app.member_of(&organization).await;
        let user = make::user().role("member").create(&app).await;
        organization.take_in(&app, user.id, "owner").await;
        let owner = Actor::signed_in(&app, user).await;
        let newcomer = make::user().role("member").create(&app).await;
        let path = format!("/organization/{}/members", organization.id);
        let add = owner.get("/organization").await.expect(200).page().form(&format!("form[action='{path}']"));
        let refused = owner.submit(&add.clone().with("email", "nobody@harbour.test")).await.expect(422).page();
        assert_eq!((refused.field_errors().len(), refused.value_of("email").as_deref()), (1, Some("nobody@harbour.test")));
        let added = owner.submit(&add.with("email", &newcomer.email).with("role", "owner")).await.expect(303);
        assert!(owner.follow(&added).await.page().status().contains("is now owner"));
        let given = owner.post_form(&format!("{path}/{}/role", newcomer.id), &[("role", "member")]).await.expect(303);
        assert!(owner.follow(&given).await.page().status().contains("is now member"));
        let removed = owner.post_form(&format!("{path}/{}/remove", newcomer.id), &[]).await.expect(303);
        let page = owner.follow(&removed).await.page();
        assert!(!page.words().contains(&newcomer.email));
        owner.submit(&page.form("#status form")).await.expect(303);
        let page = owner.get("/organization").await.page();
        assert!(page.words().contains(&newcomer.email), "the removal is undone");
        assert!(!page.has(&format!("form[action='{path}/{}/remove']", owner.id())), "nobody removes oneself");
        owner.post_form(&format!("{path}/{}/remove", owner.id()), &[]).await.expect(422);
        owner.post_form(&format!("{path}/{}/role", owner.id()), &[("role", "member")]).await.expect(422);
        assert!(!member.get("/organization").await.page().has(&format!("form[action='{path}']")));
        let fields = [("email", newcomer.email.as_str()), ("role", "owner")];
        member.post_form(&path, &fields).await.expect(403);
        member.post_form(&format!("{path}/{}/remove", newcomer.id), &[]).await.expect(403);
        let stranger = app.member_of(&make::organization(&app, "South").await).await;
        stranger.post_form(&path, &fields).await.expect(404);
        stranger.post_form(&path, &[("nonsense", "1")]).await.expect(404);
        let log = app.support().await.get("/audit?action=organization.member_removed").await.page().words();
        assert!(log.contains(&newcomer.email), "{log}");
    }

    async fn a_code_raises_the_limit_and_the_history_names_it(app: App) {
        let organization = make::organization(&app, "Northwind Labs").await;
        let member = app.member_of(&organization).await;
        make::coupon().code("WELCOME-10").raise("instances", 10).max_uses(3).create(&app).await;
        assert_eq!(limit(&member, "instances").await, "3");
        let page = member.follow(&enter(&member, " welcome 10").await.expect(303)).await.expect(200).page();
        assert!(page.status().contains("WELCOME-10 was applied"), "{}", page.status());
        assert_eq!(page.text("#limit-instances"), "10");
        assert!(page.words().contains("WELCOME-10"));
    }

    async fn a_second_entry_says_that_it_was_applied_already_when_and_whom_to_ask(app: App) {
        let member = app.member_of(&make::organization(&app, "Northwind Labs").await).await;
        make::coupon().code("WELCOME-10").raise("instances", 10).per_organization(Some(1)).create(&app).await;
        enter(&member, "WELCOME-10").await.expect(303);
        let page = enter(&member, " welcome 10").await.expect(422).page();
        let error = page.text("#apply-code-error");
        assert!(error.contains("already used this code on") && error.contains("Contact"), "{error}");
        assert_eq!(page.value_of("code").as_deref(), Some(" welcome 10"), "what was typed stays");
        assert!(page.text("title").starts_with("Error:"));
    }

    async fn each_refusal_has_its_own_sentence_with_the_support_contact_and_changes_nothing(app: App) {
        let member = app.member_of(&make::organization(&app, "Northwind Labs").await).await;
        let now = app.now();
        let day = chrono::Duration::days(1);
        make::coupon().code("PAUSED").credit("5").paused_at(now).create(&app).await;
        make::coupon().code("ENDED").credit("5").ends_at(now - day).create(&app).await;
        make::coupon().code("LATER").credit("5").starts_at(now + day).create(&app).await;
        make::coupon().code("USED-UP").credit("5").max_uses(0).create(&app).await;
        make::coupon().code("CART-ONLY").percent("10").create(&app).await;
        make::coupon().code("SAME").raise("instances", 2).create(&app).await;
        make::coupon().code("TOO-FAR").set("instances", Some(10_000)).create(&app).await;
        make::coupon().code("GONE-NOW").credit("5").deleted_at(now).create(&app).await;
        let mut said = std::collections::BTreeSet::new();
        for code in ["PAUSED", "ENDED", "LATER", "USED-UP", "CART-ONLY", "SAME", "TOO-FAR", "GONE-NOW", "né", "   "] {
            let page = enter(&member, code).await.expect(422).page();
            let error = page.text("#apply-code-error");
            assert!(error.contains("Contact"), "{code}: {error}");
            assert_eq!(page.value_of("code").as_deref(), Some(code));
            said.insert(error);
        }
        assert_eq!(said.len(), 10, "a sentence for each reason: {said:#?}");
        let unknown = enter(&member, "NEVER-WAS").await.expect(422).page().text("#apply-code-error");
        let deleted = enter(&member, "GONE-NOW").await.expect(422).page().text("#apply-code-error");
        assert_eq!(unknown, deleted, "unknown and deleted look the same to a member");
        let page = member.get("/organization").await.page();
        assert_eq!(page.text("#limit-instances"), "3");
        assert!(page.text("#balance").starts_with("0.00"), "{}", page.text("#balance"));
    }

    async fn a_double_click_happens_once_and_shows_the_first_answer(app: App) {
        let member = app.member_of(&make::organization(&app, "Northwind Labs").await).await;
        make::coupon().code("CREDIT-5").credit("5").create(&app).await;
        let form = member.get("/organization").await.page().form("#apply").with("code", "credit-5");
        let (first, second) = (member.submit(&form).await.expect(303), member.submit(&form).await.expect(303));
        assert_eq!(first.location(), second.location());
        let page = member.follow(&second).await.page();
        assert!(page.text("#balance").starts_with("5.00"), "{}", page.text("#balance"));
        let gone_back = member.submit(&form.with("code", "another")).await.expect(422).page();
        let said = gone_back.text("#apply-code-error");
        assert!(said.contains("do not know this code"), "who goes back and types another code is answered: {said}");
    }

    async fn under_htmx_the_region_comes_back_with_the_status_line(app: App) {
        let member = app.member_of(&make::organization(&app, "Northwind Labs").await).await;
        make::coupon().code("WELCOME-10").raise("instances", 10).create(&app).await;
        let form = member.get("/organization").await.page().form("#apply");
        let fields =
            [("organization", form.value("organization").unwrap()), ("code", "welcome-10"), ("request_key", "k1")];
        let answer = member.htmx_post("/organization/redemptions", &fields).await.expect(200);
        assert!(!answer.body.contains("<html"), "a fragment");
        assert_eq!(answer.page().text("#limit-instances"), "10");
        assert!(answer.page().text("#status").contains("was applied"));
    }

    async fn somebody_elses_organization_is_not_found_and_nothing_is_consumed(app: App) {
        let (mine, other) =
            (make::organization(&app, "Mine").await, make::organization(&app, "Not mine").await);
        let member = app.member_of(&mine).await;
        make::coupon().code("CREDIT-5").credit("5").max_uses(1).create(&app).await;
        member.get(&format!("/organization?id={}", other.id)).await.expect(404);
        let form = member.get("/organization").await.page().form("#apply");
        let foreign = form.with("organization", &other.id.to_string()).with("code", "CREDIT-5");
        member.submit(&foreign).await.expect(404);
        enter(&member, "CREDIT-5").await.expect(303);
    }

    async fn somebody_in_two_organizations_switches_between_them(app: App) {
        let (one, two) = (make::organization(&app, "Blue Finch").await, make::organization(&app, "Larch").await);
        let member = app.member_of(&one).await;
        two.take_in(&app, member.id(), "member").await;
        let page = member.get(&format!("/organization?id={}", two.id)).await.expect(200).page();
        assert_eq!(page.text("h1"), "Larch");
        assert_eq!(page.texts("#switch option"), ["Blue Finch", "Larch"]);
    }

    async fn somebody_without_an_organization_is_told_what_to_do(app: App) {
        let page = app.member().await.get("/organization").await.expect(200).page();
        assert_eq!(page.text("h1"), "No organization yet");
    }

    async fn guessing_is_slowed_down_and_a_second_process_knows_it(app: App) {
        let member = app.member_of(&make::organization(&app, "Guesser").await).await;
        make::coupon().code("REAL-ONE").credit("5").create(&app).await;
        let mut waited = None;
        for guess in 0..20 {
            let answer = enter(&member, &format!("GUESS-{guess}")).await;
            if answer.status == 429 {
                waited = Some(answer);
                break;
            }
            answer.expect(422);
        }
        let answer = waited.expect("a wait within 20 guesses");
        assert!(answer.header("retry-after").parse::<i64>().unwrap() > 0);
        assert!(answer.page().text("#apply-code-error").contains("Try again in"), "{answer:?}");
        let second = member.at(&app.second_process().await);
        enter(&second, "REAL-ONE").await.expect(429);
    }

    async fn a_body_that_is_no_form_of_ours_is_refused(app: App) {
        let member = app.member_of(&make::organization(&app, "Northwind Labs").await).await;
        let post = |fields: &'static [(&'static str, &'static str)]| member.post_form("/organization/redemptions", fields);
        post(&[("code", "X")]).await.expect(400);
        post(&[("organization", "no id"), ("code", "X"), ("request_key", "k")]).await.expect(400);
        let id = make::organization(&app, "Other").await.id.to_string();
        let fields = [("organization", id.as_str()), ("code", "X"), ("request_key", ""), ];
        member.post_form("/organization/redemptions", &fields).await.expect(404);
        let answer = member.send(member.request(Method::PUT, "/organization/redemptions")).await.expect(405);
        assert_eq!(answer.header("allow"), "POST");
    }

    async fn ten_thousand_characters_and_emoji_are_no_code(app: App) {
        let member = app.member_of(&make::organization(&app, "Northwind Labs").await).await;
        for code in ["x".repeat(10_000), "🎟️🎟️🎟️".to_owned(), "<script>alert(1)</script>".to_owned(), "' OR 1=1 --".to_owned()] {
            let page = enter(&member, &code).await.expect(422).page();
            assert_eq!(page.value_of("code").as_deref(), Some(code.as_str()), "shown as text");
        }
    }
}
