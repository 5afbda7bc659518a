//! A headless Chromium with a driver and a profile of its own.
//!
//! No element is held across a swap by htmx: a step finds what it needs anew, and waiting is one expression that is
//! asked until it holds.

use futures_util::FutureExt;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::panic::AssertUnwindSafe;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use support::prelude::*;
use tempfile::TempDir;
use thirtyfour::prelude::*;

/// How long a page may take to become what a step waits for.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a checker may take in a page, however busy the machine is.
const PATIENCE_WITH_SCRIPTS: Duration = Duration::from_secs(120);
const FLAGS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en",
];

/// A browser; clones are the same one.
#[derive(Clone)]
pub struct Browser {
    driver: WebDriver,
    url: String,
}

/// Tells a story in a browser, and closes it whatever the end.
pub async fn browse<S: Future<Output = ()>>(database: Database, story: impl FnOnce(App, Browser) -> S) {
    support::app::tell(database, |app| async move {
        let profile = TempDir::with_prefix("vouchsafe-browser-").unwrap();
        let mut driver = Driver::start();
        let browser = Browser { driver: connect(driver.port(), &profile).await, url: app.url.clone() };
        browser.size(1440).await;
        let end = AssertUnwindSafe(story(app, browser.clone())).catch_unwind().await;
        let closed = browser.driver.quit().await;
        drop(driver);
        if let Err(panic) = end {
            std::panic::resume_unwind(panic);
        }
        closed.unwrap();
    })
    .await;
}

/// A driver of our own, which ends with the story.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        if let Err(error) = self.0.kill().and_then(|()| self.0.wait()) {
            eprintln!("chromedriver did not end: {error}");
        }
    }
}

impl Driver {
    fn start() -> Self {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        Self(command.spawn().expect("chromedriver is not installed; `make tools` installs it"))
    }

    /// The port that the system chose for it.
    fn port(&mut self) -> u16 {
        for line in BufReader::new(self.0.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                return port.trim_end_matches('.').parse().unwrap();
            }
        }
        panic!("chromedriver ended before it listened");
    }
}

async fn connect(port: u16, profile: &TempDir) -> WebDriver {
    let mut wanted = DesiredCapabilities::chrome();
    for flag in FLAGS {
        wanted.add_arg(flag).unwrap();
    }
    wanted.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
    let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.unwrap();
    driver.set_script_timeout(PATIENCE_WITH_SCRIPTS).await.unwrap();
    driver
}

impl Browser {
    /// Opens a page.
    pub async fn open(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.url)).await.unwrap();
    }

    /// The path and query that the address bar shows.
    pub async fn path(&self) -> String {
        let url = self.driver.current_url().await.unwrap();
        url.as_str().trim_start_matches(&self.url).to_owned()
    }

    /// The value of an expression in the page.
    pub async fn js(&self, expression: &str) -> Value {
        let script = format!("return ({expression})");
        let answer =
            self.driver.execute(script, Vec::new()).await.unwrap_or_else(|error| panic!("{expression}: {error}"));
        answer.json().clone()
    }

    /// The answer of a script that ends by calling `done`.
    pub async fn js_async(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1]; {script}");
        let answer = self.driver.execute_async(script, Vec::new()).await;
        answer.unwrap_or_else(|error| panic!("a script failed: {error}")).json().clone()
    }

    /// Waits until an expression holds.
    pub async fn until(&self, expression: &str) {
        let end = tokio::time::Instant::now() + PATIENCE;
        while tokio::time::Instant::now() < end {
            // A page on its way out has no answer; the next one will.
            let answer = self.driver.execute(format!("return !!({expression})"), Vec::new()).await;
            if answer.is_ok_and(|answer| answer.json() == &Value::Bool(true)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
        panic!("never came true: {expression}\non {}:\n{}", self.path().await, self.words().await);
    }

    /// Waits until a match of a selector says this, whether the page has scripts or not.
    pub async fn sees(&self, selector: &str, words: &str) {
        let end = tokio::time::Instant::now() + PATIENCE;
        while tokio::time::Instant::now() < end {
            for element in self.driver.find_all(By::Css(selector)).await.unwrap_or_default() {
                // One that was swapped out meanwhile says nothing.
                if element.text().await.is_ok_and(|text| text.contains(words)) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
        panic!("{selector} never said {words:?} on {}:\n{}", self.path().await, self.words().await);
    }

    /// Everything the page says, as a reader without scripts gets it.
    pub async fn words(&self) -> String {
        match self.driver.find(By::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    /// What stands in a field.
    pub async fn value(&self, selector: &str) -> String {
        self.find(selector).await.prop("value").await.unwrap().unwrap_or_default()
    }

    /// Whether a field cannot be typed into.
    pub async fn is_fixed(&self, selector: &str) -> bool {
        let field = self.find(selector).await;
        field.attr("readonly").await.unwrap().is_some() || field.attr("disabled").await.unwrap().is_some()
    }

    /// Empties a field and types into it.
    pub async fn fill(&self, selector: &str, text: &str) {
        let field = self.find(selector).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses keys in a field.
    pub async fn press(&self, selector: &str, keys: impl Into<TypingData>) {
        self.find(selector).await.send_keys(keys).await.unwrap();
    }

    /// Clicks on the first match, once it can be clicked.
    pub async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        element.scroll_into_view().await.unwrap();
        element.click().await.unwrap_or_else(|error| panic!("cannot click {selector}: {error}"));
    }

    /// Chooses the option with this value.
    pub async fn choose(&self, selector: &str, value: &str) {
        self.click(&format!("{selector} option[value='{value}']")).await;
    }

    async fn find(&self, selector: &str) -> WebElement {
        match self.driver.query(By::Css(selector)).wait(PATIENCE, Duration::from_millis(40)).first().await {
            Ok(element) => element,
            Err(_) => panic!("no {selector} on {}:\n{}", self.path().await, self.words().await),
        }
    }

    /// Signs in by the form, as a person does.
    pub async fn sign_in(&self, email: &str) {
        self.open("/sign-in").await;
        self.fill("input[name=email]", email).await;
        self.fill("input[name=password]", PASSWORD).await;
        self.press("input[name=password]", Key::Enter).await;
        self.leave("/sign-in").await;
    }

    /// Waits until the address bar shows another path.
    pub async fn leave(&self, path: &str) {
        let end = tokio::time::Instant::now() + PATIENCE;
        while self.path().await.starts_with(path) {
            assert!(tokio::time::Instant::now() < end, "still on {path}:\n{}", self.words().await);
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }

    /// Forgets who is here.
    pub async fn sign_out(&self) {
        self.tool("Network.clearBrowserCookies", json!({})).await;
    }

    /// Takes the session of somebody.
    pub async fn be(&self, actor: &Actor) {
        self.sign_out().await;
        if let Some(value) = actor.cookie(support::actor::SESSION_COOKIE) {
            let cookie = json!({
                "name": support::actor::SESSION_COOKIE, "value": value, "url": self.url, "path": "/",
                "secure": true, "httpOnly": true, "sameSite": "Lax",
            });
            let kept = self.tool("Network.setCookie", cookie).await;
            assert_eq!(kept["success"], json!(true));
        }
    }

    /// Makes the window so many pixels wide.
    pub async fn size(&self, width: u32) {
        let height = if width < 500 { 760 } else { 900 };
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.tool("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// `light` or `dark`; nothing moves.
    pub async fn scheme(&self, scheme: &str) {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.tool("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Switches the scripts of pages off.
    pub async fn without_scripts(&self) {
        self.tool("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// Runs a script in every page from now on, before its own.
    pub async fn in_every_page(&self, source: &str) {
        self.tool("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
    }

    /// Nothing was blocked by the content security policy.
    pub async fn nothing_was_blocked(&self) {
        assert_eq!(self.js("window.cspViolations").await, json!([]), "on {}", self.path().await);
    }

    async fn tool(&self, command: &str, arguments: Value) -> Value {
        self.driver.cdp().send_raw(command, arguments).await.unwrap_or_else(|error| panic!("{command}: {error}"))
    }
}
