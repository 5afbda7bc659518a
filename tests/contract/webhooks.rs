//! A message as its receiver checks it: by the package of the standard's own project, with the very lines that
//! `docs/webhooks.md` shows.

use std::io::Write;
use std::process::{Command, Stdio};
use support::hooks::{Call, Receiver};
use support::prelude::*;

/// The lines of the page, around which a test puts what a receiver has.
fn lines_of_the_page() -> String {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/webhooks.md")).unwrap();
    let lines = page.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap().to_owned();
    assert_eq!(lines.lines().count(), 3, "{lines}");
    lines
}

/// Whether the package takes a message, and what it prints.
fn check(secret: &str, call: &Call) -> Result<String, String> {
    let script = format!(
        "import json, sys\ncall = json.load(sys.stdin)\nsecret, body, headers = call['secret'], call['body'], call['headers']\n{}",
        lines_of_the_page()
    );
    let mut python = Command::new(crate::tool("python"))
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = serde_json::json!({ "secret": secret, "body": call.body, "headers": call.headers });
    python.stdin.take().unwrap().write_all(said.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

async fn told(app: &App, receiver: &Receiver, count: usize) -> Call {
    for _ in 0..1_200 {
        app.run_jobs().await;
        if let Some(call) = receiver.calls().get(count - 1) {
            return call.clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("it is not told");
}

#[tokio::test]
async fn a_message_is_verified_by_the_package_of_the_standards_own_project() {
    for database in [Database::Sqlite, Database::Postgres] {
        let receiver = Receiver::start().await;
        let open = |config: &mut vouchsafe::config::Config| config.webhook_hosts = vec!["127.0.0.1".to_owned()];
        support::app::tell_as(database, open, |app| async move {
            let admin = app.admin().await;
            let form = admin.get("/dashboard/webhooks").await.page().form("form[action='/dashboard/webhooks']");
            let form = form.with("url", &receiver.url).and("events", "coupon.paused");
            let page = admin.submit(&form).await.expect(200).page();
            let secret = page.text("#secret-text");
            let coupon = make::coupon().name("Grüße “‘<&").create(&app).await;
            admin.post_form(&format!("/dashboard/coupons/{}/pause", coupon.id), &[]).await.expect(303);
            let call = told(&app, &receiver, 1).await;
            let printed = check(&secret, &call).unwrap();
            assert!(printed.starts_with("coupon.paused {") && printed.contains("Grüße “‘<&"), "{printed}");
            // Neither another body, nor another id, nor another secret, nor a message of yesterday.
            let with = |name: &str, value: &str| {
                let mut other = call.clone();
                other.headers.insert(name.to_owned(), value.to_owned());
                other
            };
            let old = app.now() - chrono::Duration::days(1);
            for other in [
                Call { body: format!("{} ", call.body), ..call.clone() },
                with("webhook-id", "msg_other"),
                with("webhook-timestamp", &old.timestamp().to_string()),
            ] {
                let refused = check(&secret, &other).unwrap_err();
                assert!(refused.contains("WebhookVerificationError"), "{refused}");
            }
            assert!(check("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &call).is_err());
            // While a secret is rotated, both are good.
            let rows = vouchsafe::webhooks::endpoints::all(app.db.read(), app.tenant).await.unwrap();
            let path = format!("/dashboard/webhooks/{}", rows[0].id);
            let form = admin.get(&path).await.page().form("form[action$='/rotate']");
            let page = admin.submit(&form.with("overlap", "1")).await.expect(200).page();
            admin.post_form(&format!("{path}/test"), &[]).await.expect(303);
            let call = told(&app, &receiver, 2).await;
            for secret in [secret, page.text("#secret-text")] {
                assert!(check(&secret, &call).unwrap().starts_with("test {"));
            }
        })
        .await;
    }
}
