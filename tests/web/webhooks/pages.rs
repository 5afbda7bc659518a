//! `/dashboard/webhooks`: who may, what is shown, and what never is.

use super::{ALL, PATH, come, deliveries, endpoint, open, row, settled};
use sea_orm::EntityTrait;
use support::prelude::*;
use vouchsafe::db::tables::{audit_entries, jobs, webhook_deliveries};
use vouchsafe::webhooks::endpoints::MOST;

const URL: &str = "https://hooks.example.com/vouchsafe";

#[tokio::test]
async fn a_secret_is_shown_once_and_kept_sealed() {
    open(|app, receiver| async move {
        let (id, secret) = endpoint(&app, &receiver.url, &["coupon.paused"]).await;
        let bare = secret.strip_prefix("whsec_").expect("a secret of the standard").to_owned();
        let (admin, path) = (app.admin().await, format!("{PATH}/{id}"));
        let rotate = admin.get(&path).await.page().form("form[action$='/rotate']");
        let page = admin.submit(&rotate).await.expect(200).page();
        let new = page.text("#secret-text");
        assert!(new.starts_with("whsec_") && new != secret && page.words().contains("signed with the old one as well"));
        admin.post_form(&format!("{path}/test"), &[]).await.expect(303);
        settled(&app).await;
        let new = new.strip_prefix("whsec_").unwrap().to_owned();
        let (endpoint, db) = (row(&app, id).await, app.db.read());
        let kept = format!(
            "{endpoint:?} {:?} {:?} {:?} {}",
            audit_entries::Entity::find().all(db).await.unwrap(),
            jobs::Entity::find().all(db).await.unwrap(),
            webhook_deliveries::Entity::find().all(db).await.unwrap(),
            admin.get(&path).await.body + &admin.get(PATH).await.body + &admin.get("/audit").await.body,
        );
        assert!(!kept.contains(&bare) && !kept.contains(&new), "{kept}");
        // Both sign, for as long as was said.
        let call = come(&app, &receiver, 1).await.remove(0);
        assert_eq!(call.headers["webhook-signature"].split(' ').count(), 2);
        admin.submit(&rotate.with("overlap", "0")).await.expect(200);
        admin.post_form(&format!("{path}/test"), &[]).await.expect(303);
        let call = come(&app, &receiver, 2).await.remove(1);
        assert_eq!(call.headers["webhook-signature"].split(' ').count(), 1);
    })
    .await;
}

on_both_databases! {
    async fn a_form_sent_twice_makes_one_endpoint_and_its_secret_is_not_shown_again(app: App) {
        let admin = app.admin().await;
        let form = admin.get(PATH).await.page().form(&format!("form[action='{PATH}']"));
        let form = form.with("url", URL).and("events", "coupon.paused");
        assert!(admin.submit(&form).await.expect(200).page().has("#secret-text"));
        let again = admin.submit(&form).await.expect(303);
        let page = admin.follow(&again).await.page();
        assert!(page.status().contains("made already") && !page.has("#secret-text"));
        assert_eq!(page.texts("tbody tr").len(), 1);
    }

    async fn an_endpoint_is_changed_switched_off_and_deleted_on_record(app: App) {
        let (id, _) = endpoint(&app, URL, &ALL).await;
        let (admin, path) = (app.admin().await, format!("{PATH}/{id}"));
        let page = admin.get(&path).await.expect(200).page();
        let form = page.form(&format!("form[action='{path}'][method='post']"));
        assert_eq!(form.fields.iter().filter(|(name, _)| name == "events").count(), ALL.len());
        admin.submit(&form.clone().without("events")).await.expect(422);
        admin.submit(&form.clone().with("url", "http://10.0.0.1/")).await.expect(422);
        admin.submit(&form.with("events", "coupon.paused")).await.expect(303);
        assert_eq!(row(&app, id).await.events, serde_json::json!(["coupon.paused"]));
        let off = admin.submit(&page.form("form[action$='/disable']")).await.expect(303);
        let page = admin.follow(&off).await.page();
        assert!(page.words().contains("Somebody switched it off.") && page.has("#status form"), "it can be undone");
        admin.submit(&page.form("#status form")).await.expect(303);
        assert!(row(&app, id).await.disabled_at.is_none());
        let delete = page.form("form[action$='/delete']");
        assert!(admin.submit(&delete).await.expect(422).page().words().contains("Tick that"));
        admin.submit(&delete.with("sure", "yes")).await.expect(303);
        admin.get(&path).await.expect(404);
        assert!(admin.get(PATH).await.page().words().contains("No endpoint yet"));
        let log = admin.get("/audit").await.page().words();
        for words in ["made a webhook to", "changed the webhook to", "switched off", "switched on", "deleted the webhook to"] {
            assert!(log.contains(words), "{words}: {log}");
        }
    }

    async fn another_tenants_endpoint_is_not_there(app: App) {
        let (id, _) = endpoint(&app, URL, &ALL).await;
        app.admin().await.post_form(&format!("{PATH}/{id}/test"), &[]).await.expect(303);
        let delivery = deliveries(&app).await[0].id;
        make::hostname(&app, "harbour.test").await;
        make::tenant(&app, "other", "127.0.0.1").await;
        let admin = app.platform_admin().await;
        assert!(admin.get(PATH).await.expect(200).page().words().contains("No endpoint yet"));
        let path = format!("{PATH}/{id}");
        admin.get(&path).await.expect(404);
        let said: &[(&str, &str)] = &[("url", URL), ("events", "coupon.paused")];
        for (action, fields) in [
            ("", said),
            ("/test", &[]),
            ("/replay", &[]),
            ("/rotate", &[("overlap", "24"), ("request_key", "k")]),
            ("/disable", &[]),
            ("/enable", &[]),
            ("/delete", &[("sure", "yes")]),
            (&format!("/deliveries/{delivery}/replay"), &[]),
        ] {
            admin.post_form(&format!("{path}{action}"), fields).await.expect(404);
        }
        assert!(row(&app, id).await.deleted_at.is_none() && row(&app, id).await.disabled_at.is_none());
    }

    async fn a_tenant_has_no_more_endpoints_than_it_may(app: App) {
        let admin = app.admin().await;
        let make = async |number: usize| {
            let (url, key) = (format!("{URL}/{number}"), format!("key-{number}"));
            admin.post_form(PATH, &[("url", &url), ("events", "coupon.paused"), ("request_key", &key)]).await
        };
        for number in 0..MOST {
            make(number).await.expect(200);
        }
        make(MOST).await.expect(409);
        assert!(!admin.get(PATH).await.page().has(&format!("form[action='{PATH}']")));
    }
}

#[tokio::test]
async fn the_log_is_filtered_by_the_url_and_paged() {
    open(|app, receiver| async move {
        let (id, _) = endpoint(&app, &receiver.url, &["coupon.paused"]).await;
        let (admin, path) = (app.admin().await, format!("{PATH}/{id}"));
        super::press(&app, make::coupon().create(&app).await.id, "pause").await;
        for _ in 0..30 {
            admin.post_form(&format!("{path}/test"), &[]).await.expect(303);
        }
        settled(&app).await;
        let first = admin.get(&path).await.page();
        assert_eq!(first.all(".log > li").len(), 25);
        let older = first.attribute("#pager-older", "href").unwrap();
        assert_eq!(admin.get(&older).await.expect(200).page().all(".log > li").len(), 6);
        let paused = admin.htmx_get(&format!("{path}?event=coupon.paused&state=delivered")).await.expect(200);
        assert_eq!(paused.page().texts(".log strong"), ["coupon.paused"]);
        assert!(paused.page().text("#count").contains("1 delivery"));
        let none = admin.get(&format!("{path}?state=failed")).await.expect(200).page();
        assert!(none.words().contains("No delivery matches"));
        for wrong in ["state=lost", "event=nothing", "after=x", "other=1"] {
            admin.get(&format!("{path}?{wrong}")).await.expect(400);
        }
    })
    .await;
}
