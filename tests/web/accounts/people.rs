//! `/dashboard/people`, `/invitations/{token}` and `/platform/users`.

use super::{last_changes, sign_in};
use support::prelude::*;

async fn invite(admin: &Actor, email: &str, role: &str) -> String {
    let form = admin.get("/dashboard/people").await.page().form("form[action='/dashboard/people/invitations']");
    let page = admin.submit(&form.with("email", email).with("role", role)).await.expect(200).page();
    let link = page.text("#invitation-link");
    link.strip_prefix("https://vouchsafe.test").expect("a link from the configured address").to_owned()
}

on_both_databases! {
    async fn a_new_address_joins_by_its_link_once(app: App) {
        let admin = app.admin().await;
        let path = invite(&admin, "New@Harbour.test", "support").await;
        assert!(admin.get("/dashboard/people").await.page().words().contains("new@harbour.test"));
        let visitor = app.anonymous();
        let form = visitor.get(&path).await.expect(200).page().form("main form");
        visitor.submit(&form.clone().with("name", " ").with("password", "short")).await.expect(422);
        let joined = visitor.submit(&form.with("name", "Nova").with("password", "long enough")).await.expect(303);
        assert_eq!(visitor.follow(&joined).await.expect(303).location(), "/audit");
        assert_eq!(app.anonymous().get(&path).await.status, 404, "used up");
        assert_eq!(last_changes(&app, "membership.added").await[0]["after"], "support");
    }

    async fn the_name_starts_empty_and_what_was_typed_survives_an_error(app: App) {
        let path = invite(&app.admin().await, "new@harbour.test", "member").await;
        let visitor = app.anonymous();
        let page = visitor.get(&path).await.expect(200).page();
        assert_eq!(page.value_of("name").as_deref(), Some(""));
        let form = page.form("main form").with("name", "Nova").with("password", "short");
        assert_eq!(visitor.submit(&form).await.expect(422).page().value_of("name").as_deref(), Some("Nova"));
    }

    async fn a_used_invitation_says_so_and_leads_to_the_sign_in_as_one_that_never_was(app: App) {
        let path = invite(&app.admin().await, "new@harbour.test", "member").await;
        let fields = [("name", "Nova"), ("password", "long enough")];
        app.anonymous().post_form(&path, &fields).await.expect(303);
        let used = app.anonymous().get(&path).await.expect(404).page();
        assert_eq!(used.text("main h1"), "This invitation was used already or has ended");
        assert!(used.has("main a[href='/sign-in']") && used.text(".brand").contains("Harbour"), "{}", used.words());
        let never = app.anonymous().post_form("/invitations/none", &fields).await.expect(404).page();
        let told = |page: &Page| (page.text("main h1"), page.texts("main p").first().cloned());
        assert_eq!(told(&used), told(&never), "nobody learns which links there were");
    }

    async fn an_address_with_an_account_must_sign_in_first(app: App) {
        let admin = app.admin().await;
        let known = make::user().stranger().create(&app).await;
        let path = invite(&admin, &known.email, "member").await;
        let stranger = app.anonymous();
        let page = stranger.get(&path).await.expect(200).page();
        assert!(page.has(&format!("main a[href='/sign-in?next={path}']")));
        assert_eq!(stranger.post_form(&path, &[("name", "X"), ("password", "long enough")]).await.location(), path);
        assert!(app.support().await.get(&path).await.page().words().contains("another address"));
        let user = Actor::signed_in(&app, known).await;
        assert_eq!(user.get("/organization").await.status, 403);
        let form = user.get(&path).await.page().form(&format!("form[action='{path}']"));
        user.submit(&form).await.expect(303);
        assert_eq!(user.get("/organization").await.status, 200);
    }

    async fn a_revoked_invitation_and_one_that_was_replaced_are_gone(app: App) {
        let admin = app.admin().await;
        let first = invite(&admin, "new@harbour.test", "member").await;
        let second = invite(&admin, "new@harbour.test", "member").await;
        assert_eq!(app.anonymous().get(&first).await.status, 404);
        assert_eq!(app.anonymous().get(&second).await.status, 200);
        let form = admin.get("/dashboard/people").await.page().form("form[action$='/revoke']");
        admin.submit(&form).await.expect(303);
        assert_eq!(app.anonymous().get(&second).await.status, 404);
    }

    async fn another_role_is_on_record_and_ends_the_sessions(app: App) {
        let (admin, support) = (app.admin().await, app.support().await);
        let path = format!("/dashboard/people/{}/role", support.id());
        admin.post_form(&path, &[("role", "member")]).await.expect(303);
        let change = &last_changes(&app, "membership.role_changed").await[0];
        assert_eq!((&change["before"], &change["after"]), (&"support".into(), &"member".into()));
        assert_eq!(support.get("/audit").await.status, 303, "signed out");
        assert_eq!(app.support().await.get("/audit").await.status, 403);
    }

    async fn the_last_administrator_stays_one(app: App) {
        let admin = app.admin().await;
        let path = format!("/dashboard/people/{}", admin.id());
        let answer = admin.post_form(&format!("{path}/role"), &[("role", "member")]).await.expect(422);
        let page = answer.page();
        assert!(page.field_errors()[0].contains("last administrator"), "{answer:?}");
        assert!(page.text("title").starts_with("Error: ") && page.has("nav a[href='/dashboard/people']"));
        assert_eq!(page.attribute("select[aria-invalid] option[selected]", "value").as_deref(), Some("member"));
        let kept = admin.post_form(&format!("{path}/remove"), &[]).await.expect(422).page();
        assert!(kept.field_errors()[0].contains("last administrator"), "{}", kept.words());
        let second = make::user().role("admin").create(&app).await;
        admin.post_form(&format!("/dashboard/people/{}/remove", second.id), &[]).await.expect(303);
        assert_eq!(admin.get("/dashboard/people").await.status, 200);
    }

    async fn a_disabled_user_is_out_at_once_and_back_when_enabled(app: App) {
        let (platform, member) = (app.platform_admin().await, app.member().await);
        let path = format!("/platform/users/{}", member.id());
        platform.post_form(&format!("{path}/disable"), &[]).await.expect(303);
        assert_eq!(member.get("/account").await.status, 303);
        let email = member.user.clone().unwrap().email;
        assert_eq!(sign_in(&app.anonymous(), &email, PASSWORD).await.status, 422);
        platform.post_form(&format!("{path}/enable"), &[]).await.expect(303);
        assert_eq!(sign_in(&app.anonymous(), &email, PASSWORD).await.status, 303);
        platform.post_form(&format!("/platform/users/{}/disable", platform.id()), &[]).await.expect(422);
        assert_eq!(platform.get("/platform/users?q=MEMBER").await.expect(200).page().all("tbody tr").len(), 1);
    }

    async fn members_are_listed_page_by_page_and_found_by_a_part_of_the_name(app: App) {
        let admin = app.admin().await;
        let emile = Actor::signed_in(&app, make::user().role("support").create(&app).await).await;
        emile.post_form("/account/name", &[("display_name", "Émile Ökö")]).await.expect(303);
        for _ in 0..30 {
            make::user().role("member").create(&app).await;
        }
        make::user().stranger().email("emile-of-elsewhere@rope.test").create(&app).await;
        let first = admin.get("/dashboard/people").await.expect(200).page();
        assert_eq!(first.all("a[rel]").len(), 1);
        let older = admin.get(&first.attribute("#pager-older", "href").unwrap()).await.expect(200).page();
        assert!(!first.words().contains("Émile Ökö") && older.words().contains("Émile Ökö"), "{}", older.words());
        for part in ["%C3%89MILE", "%C3%B6k%C3%B6", "E%CC%81mile"] {
            let found = admin.get(&format!("/dashboard/people?q={part}")).await.expect(200).page();
            assert_eq!(found.all("tbody tr").len(), 1, "{part}: {}", found.words());
            let users = app.platform_admin().await.get(&format!("/platform/users?q={part}")).await.expect(200).page();
            assert_eq!(users.all("tbody tr").len(), 1, "{part}: {}", users.words());
        }
        for nobody in ["%25", "_", "elsewhere"] {
            let found = admin.get(&format!("/dashboard/people?q={nobody}")).await.expect(200).page();
            assert!(found.words().contains("No member matches"), "{nobody}: {}", found.words());
        }
        admin.get("/dashboard/people?after=nonsense").await.expect(400);
    }

    async fn nothing_in_a_search_of_users_is_a_wildcard(app: App) {
        let platform = app.platform_admin().await;
        for part in ["%25", "_", "%5C"] {
            let page = platform.get(&format!("/platform/users?q={part}")).await.expect(200).page();
            assert!(page.words().contains("No user matches"), "{part}: {}", page.words());
        }
    }
}

/// The link that an administrator is shown who sends this.
async fn link_for(admin: &Actor, request: reqwest::RequestBuilder) -> String {
    let sent = request
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("email=new%40harbour.test&role=member");
    admin.send(sent).await.expect(200).page().text("#invitation-link")
}

#[tokio::test]
async fn a_link_names_the_address_that_was_asked_and_nothing_that_anybody_forged() {
    let forge = |admin: &Actor| {
        let request = admin.request(reqwest::Method::POST, "/dashboard/people/invitations");
        request.header("X-Forwarded-Host", "evil.test").header("X-Forwarded-Proto", "https")
    };
    support::app::tell_as(
        Database::Sqlite,
        |config| config.base_url = None,
        |app| async move {
            let admin = app.admin().await;
            let link = link_for(&admin, forge(&admin)).await;
            assert!(link.starts_with(&format!("{}/invitations/", app.url)), "{link}");
            let forwarded = forge(&admin).header("Forwarded", "host=evil.test;proto=https");
            let link = link_for(&admin, forwarded).await;
            assert!(link.starts_with(&format!("{}/invitations/", app.url)), "{link}");
            let docs = admin.request(reqwest::Method::GET, "/api/docs").header("X-Forwarded-Host", "evil.test");
            assert!(!admin.send(docs).await.expect(200).body.contains("evil.test"));
        },
    )
    .await;
    let behind_a_proxy = |config: &mut vouchsafe::config::Config| {
        (config.base_url, config.trusted_proxies) = (None, vec!["127.0.0.1".parse().unwrap()]);
    };
    support::app::tell_as(Database::Sqlite, behind_a_proxy, |app| async move {
        let admin = app.admin().await;
        let link = link_for(&admin, forge(&admin)).await;
        assert!(link.starts_with("https://evil.test/invitations/"), "what a trusted proxy says is believed: {link}");
    })
    .await;
}
