//! The program as it is started: what it prints, what it logs, and how it stops.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use support::mail::{Encryption, MailServer};
use support::prelude::*;

const SECRET_WORDS: &str = "a password that no log may hold";

/// The demo, in a folder of its own.
struct Program {
    child: Child,
    url: String,
    said: String,
    _folder: tempfile::TempDir,
}

impl Program {
    fn demo() -> Self {
        Self::demo_with(&[])
    }

    /// The demo with more in its environment.
    fn demo_with(environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_vouchsafe"))
            .arg("demo")
            .current_dir(folder.path())
            .env_remove("DATABASE_URL")
            .env("VOUCHSAFE_DATA", folder.path())
            .env("VOUCHSAFE_LISTEN", "127.0.0.1:0")
            .env("VOUCHSAFE_DEMO_PASSWORD", SECRET_WORDS)
            .env("RUST_LOG", "debug")
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut out = child.stdout.take().unwrap();
        let mut part = [0; 1024];
        while !said.contains("Ctrl-C") {
            let length = out.read(&mut part).unwrap();
            assert!(length > 0, "it ended: {said}");
            said.push_str(std::str::from_utf8(&part[..length]).unwrap());
        }
        let url = said.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        Self { child, url, said, _folder: folder }
    }

    /// Asks it to stop, as a service manager does; its log.
    fn stop(mut self) -> String {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        for _ in 0..200 {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return std::fs::read_to_string(self._folder.path().join("log")).unwrap();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("it does not stop");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and need not be.
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
    }
}

/// Somebody with a cookie jar of one cookie, who can also be a stranger.
async fn send(program: &Program, cookie: &str, path: &str, fields: &[(&str, &str)]) -> reqwest::Response {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let url = format!("{}{path}", program.url);
    let request = if fields.is_empty() {
        client.get(url)
    } else {
        let body = serde_html_form::to_string(fields).unwrap();
        client.post(url).header("Content-Type", "application/x-www-form-urlencoded").body(body)
    };
    request.header("Sec-Fetch-Site", "same-origin").header("Cookie", cookie).send().await.unwrap()
}

#[tokio::test]
async fn the_demo_prints_three_sign_ins_logs_no_secret_and_stops_when_asked() {
    let program = Program::demo();
    for email in ["admin@demo.test", "support@demo.test", "member@demo.test"] {
        assert!(program.said.contains(email), "{}", program.said);
    }
    assert!(program.said.contains(SECRET_WORDS));

    let answer = send(&program, "", "/sign-in", &[("email", "member@demo.test"), ("password", SECRET_WORDS)]).await;
    assert_eq!(answer.status(), 303);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = Answer::read(send(&program, &cookie, "/organization", &[]).await).await.expect(200).page();
    let form = page.form("#apply").with("code", "seats-100");
    let fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = send(&program, &cookie, "/organization/redemptions", &fields).await;
    let request_id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert!([303, 422].contains(&answer.status().as_u16()));
    send(&program, &cookie, "/redeem?code=seats-100", &[]).await;

    let log = program.stop();
    assert!(log.contains(&request_id) && log.contains("/organization/redemptions"), "{log}");
    let secret = cookie.split_once('=').unwrap().1;
    for word in [SECRET_WORDS, secret, "seats-100", "SEATS-100", "SEATS100", "member@demo.test"] {
        assert!(!log.contains(word), "the log holds {word}");
    }
}

/// Whether a letter arrives at a server that encrypts, whose authority is known or not; with the log.
async fn arrives(encryption: Encryption, is_known: bool) -> (bool, String) {
    let server = MailServer::start_with(encryption).await;
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, &server.certificate).unwrap();
    let known = [("VOUCHSAFE_SMTP_URL", &*server.url), ("SSL_CERT_FILE", authority.to_str().unwrap())];
    let program = Program::demo_with(if is_known { &known } else { &known[..1] });
    let asked = send(&program, "", "/password-reset", &[("email", "member@demo.test")]).await;
    assert_eq!(asked.status(), 303);
    let patience = if is_known { 15 } else { 3 };
    let end = tokio::time::Instant::now() + Duration::from_secs(patience);
    let has_come = || server.letters().iter().any(|mail| mail.header("Subject").starts_with("Set a new password"));
    while !has_come() && tokio::time::Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    (has_come(), program.stop())
}

// The mail server answers while the test waits for the program.
#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_encrypted_to_a_server_whose_certificate_is_known_and_to_no_other() {
    for encryption in [Encryption::Always, Encryption::OnDemand] {
        let (has_come, log) = arrives(encryption, true).await;
        assert!(has_come, "{encryption:?}: {log}");
        let (has_come, log) = arrives(encryption, false).await;
        assert!(!has_come && log.to_lowercase().contains("certificate"), "{encryption:?}: {log}");
    }
}
