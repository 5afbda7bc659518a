//! `/dashboard/api-keys`: made, shown once, rotated, revoked.

use super::last_changes;
use sea_orm::EntityTrait;
use support::prelude::*;

const PATH: &str = "/dashboard/api-keys";
const LOG: &str = "/api/v1/audit-entries";

/// Makes a key by the page; its secret and the path of its own page.
async fn make_key(admin: &Actor, scopes: &[&str], expires: &str) -> (String, String) {
    let request_key = admin.get(PATH).await.page().value_of("request_key").unwrap();
    let mut fields = vec![("name", "Till 4"), ("expires", expires), ("request_key", &request_key)];
    fields.extend(scopes.iter().map(|scope| ("scopes", *scope)));
    let page = admin.post_form(PATH, &fields).await.expect(200).page();
    (page.text("#secret-text"), page.attribute("tbody tr:first-child th a", "href").unwrap())
}

on_both_databases! {
    async fn a_key_is_shown_once_and_works(app: App) {
        let admin = app.admin().await;
        assert!(admin.get(PATH).await.page().words().contains("No key yet"));
        let (secret, path) = make_key(&admin, &["audit:read", "exports"], "").await;
        assert!(secret.starts_with("vs_") && secret.len() > 40, "{secret}");
        Actor::with_key(&app, &secret).get(LOG).await.expect(200);
        for path in [PATH, path.as_str()] {
            let page = admin.get(path).await.expect(200);
            assert!(!page.body.contains(&secret), "shown again");
            let words = page.page().words();
            for said in ["Till 4", &secret[..7], "audit:read, exports", "Mira Lang", "Active", "Never"] {
                assert!(words.contains(said), "{said}: {words}");
            }
        }
        let change = &last_changes(&app, "api_key.created").await[0];
        assert_eq!(change["after"], "audit:read, exports");
        assert!(admin.get("/audit").await.page().words().contains("made the API key"));
    }

    async fn the_same_form_again_makes_no_second_key(app: App) {
        let admin = app.admin().await;
        let fields = [("name", "Till"), ("scopes", "exports"), ("expires", ""), ("request_key", "abc")];
        admin.post_form(PATH, &fields).await.expect(200);
        let again = admin.post_form(PATH, &fields).await.expect(303);
        let page = admin.follow(&again).await.page();
        assert!(page.words().contains("made already"), "{}", page.words());
        assert_eq!(page.all("tbody tr").len(), 1);
    }

    async fn a_form_that_says_too_little_comes_back(app: App) {
        let admin = app.admin().await;
        for (name, scope, expires, field) in [
            ("", "exports", "", "name"),
            ("A", "", "", "scopes"),
            ("A", "coupons:everything", "", "scopes"),
            ("A", "exports", "2020-01-01", "expires"),
            ("A", "exports", "soon", "expires"),
        ] {
            let fields = [("name", name), ("scopes", scope), ("expires", expires), ("request_key", "k")];
            let page = admin.post_form(PATH, &fields).await.expect(422).page();
            assert!(page.has(&format!(".errors a[href='#key-{field}']")), "{field}: {}", page.words());
        }
        assert!(admin.get(PATH).await.page().words().contains("No key yet"));
    }

    async fn a_rotated_key_is_the_same_with_another_secret(app: App) {
        let admin = app.admin().await;
        let (old, path) = make_key(&admin, &["audit:read"], "").await;
        let rotate = async |overlap: &str| {
            let page = admin.post_form(&format!("{path}/rotate"), &[("overlap", overlap), ("request_key", &format!("rotate-{overlap}"))]).await.expect(200).page();
            page.text("#secret-text")
        };
        let new = rotate("24").await;
        assert_ne!(new, old);
        for secret in [&old, &new] {
            Actor::with_key(&app, secret).get(LOG).await.expect(200);
        }
        assert!(admin.get(&path).await.page().words().contains("Works on until"));
        assert_eq!(last_changes(&app, "api_key.rotated").await[0]["before"], old[..7]);
        let newest = rotate("0").await;
        for secret in [&old, &new] {
            Actor::with_key(&app, secret).get(LOG).await.expect(401);
        }
        Actor::with_key(&app, &newest).get(LOG).await.expect(200);
        assert_eq!(admin.get(PATH).await.page().all("tbody tr").len(), 1);
        admin.post_form(&format!("{path}/rotate"), &[("overlap", "9999"), ("request_key", "k")]).await.expect(400);
    }

    async fn a_double_click_on_rotate_leaves_the_old_secret_its_time(app: App) {
        let key = app.key(&["coupons:read"]).await;
        let admin = app.admin().await;
        let id = vouchsafe::db::tables::api_keys::Entity::find().one(app.db.read()).await.unwrap().unwrap().id;
        let path = format!("/dashboard/api-keys/{id}");
        let form = admin.get(&path).await.page().form("form[action$='/rotate']");
        admin.submit(&form).await.expect(200);
        let again = admin.submit(&form).await.expect(303);
        assert!(admin.follow(&again).await.page().words().contains("was rotated already"));
        key.get("/api/v1/coupons").await.expect(200);
    }

    async fn a_revoked_key_is_gone_at_once_and_stays_in_the_list(app: App) {
        let admin = app.admin().await;
        let (secret, path) = make_key(&admin, &["audit:read"], "2999-12-31").await;
        let revoke = format!("{path}/revoke");
        admin.post_form(&revoke, &[]).await.expect(422);
        Actor::with_key(&app, &secret).get(LOG).await.expect(200);
        let done = admin.post_form(&revoke, &[("sure", "yes")]).await.expect(303);
        assert!(admin.follow(&done).await.page().words().contains("was revoked"));
        Actor::with_key(&app, &secret).get(LOG).await.expect(401);
        admin.post_form(&format!("{path}/rotate"), &[("overlap", "24"), ("request_key", "k")]).await.expect(409);
        admin.post_form(&revoke, &[("sure", "yes")]).await.expect(303);
        let page = admin.get(PATH).await.page();
        assert!(page.words().contains("Revoked") && page.words().contains("31 Dec 2999"), "{}", page.words());
    }

    async fn keys_of_another_tenant_are_not_there(app: App) {
        let other = make::tenant(&app, "other", "other.test").await;
        make::hostname(&app, "127.0.0.1").await;
        app.key_of(other, &["exports"]).await;
        let admin = app.admin().await;
        assert!(admin.get(PATH).await.page().words().contains("No key yet"));
    }
}
