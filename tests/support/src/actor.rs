//! Somebody with a browser: keeps cookies, says where a request started, and follows no redirect unasked. Or a system
//! with a key, which does none of that.

use crate::answer::Answer;
use crate::app::{App, SECRET};
use crate::form::Form;
use actix_web::cookie::{Cookie, CookieJar, Key};
use chrono::{DateTime, Utc};
use reqwest::{Method, RequestBuilder};
use sea_orm::{ActiveValue::Set, EntityTrait};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use uuid::Uuid;
use vouchsafe::accounts::sessions;
use vouchsafe::db::Db;
use vouchsafe::db::tables::{sessions as rows, users};
use vouchsafe::web::token;

/// The cookie that holds a session.
pub const SESSION_COOKIE: &str = "__Host-session";

/// Somebody who uses the app.
#[derive(Clone)]
pub struct Actor {
    app: App,
    /// Who it is, when signed in by the test.
    pub user: Option<users::Model>,
    url: String,
    key: Option<String>,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Actor {
    /// A stranger with an empty browser.
    pub fn new(app: &App) -> Self {
        Self { app: app.clone(), user: None, url: app.url.clone(), key: None, cookies: Arc::default() }
    }

    /// Somebody with a session, as sign-in would have made it. Tests of sign-in itself post its form.
    pub async fn signed_in(app: &App, user: users::Model) -> Self {
        let actor = Self { user: Some(user.clone()), ..Self::new(app) };
        actor.keep(SESSION_COOKIE, &session(&app.db, user.id, app.now()).await);
        actor
    }

    /// A system that calls with this key.
    pub fn with_key(app: &App, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..Self::new(app) }
    }

    /// The same browser at another process of the installation.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// The id of who this is.
    pub fn id(&self) -> Uuid {
        self.user.as_ref().expect("somebody who is signed in").id
    }

    /// A cookie of this browser.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("the cookies").get(name).cloned()
    }

    /// Puts a cookie into this browser.
    pub fn keep(&self, name: &str, value: &str) {
        self.cookies.lock().expect("the cookies").insert(name.to_owned(), value.to_owned());
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Asks for a page or fragment as htmx does.
    pub async fn htmx_get(&self, path: &str) -> Answer {
        self.send(self.htmx(Method::GET, path)).await
    }

    /// Sends a form as a browser does.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(with_fields(self.request(Method::POST, path), fields)).await
    }

    /// Sends a form as htmx does.
    pub async fn htmx_post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(with_fields(self.htmx(Method::POST, path), fields)).await
    }

    /// Sends a form with a file as a browser does; its field is called `file`.
    pub async fn send_file(&self, path: &str, fields: &[(&str, &str)], (name, bytes): (&str, &[u8])) -> Answer {
        let mut body = Vec::new();
        for (field, value) in fields {
            let part = format!("--frontier\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
            body.extend(part.bytes());
        }
        let head = format!("--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n");
        body.extend(head.bytes().chain(*b"Content-Type: application/octet-stream\r\n\r\n"));
        body.extend(bytes);
        body.extend(b"\r\n--frontier--\r\n");
        let request = self.request(Method::POST, path);
        self.send(request.header("Content-Type", "multipart/form-data; boundary=frontier").body(body)).await
    }

    /// Sends a form that was read from a page, and filled.
    pub async fn submit(&self, form: &Form) -> Answer {
        let fields: Vec<(&str, &str)> =
            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if form.method == "post" {
            return self.post_form(&form.action, &fields).await;
        }
        let query = serde_html_form::to_string(&fields).expect("fields");
        self.get(&format!("{}?{query}", form.action)).await
    }

    /// Calls the JSON API with a body.
    pub async fn call(&self, method: &str, path: &str, body: &serde_json::Value) -> Answer {
        self.send(self.json_request(method, path, body)).await
    }

    /// Calls the JSON API without a body.
    pub async fn ask(&self, method: &str, path: &str) -> Answer {
        self.send(self.request(method_of(method), path)).await
    }

    /// A call of the JSON API, to add headers to.
    pub fn json_request(&self, method: &str, path: &str, body: &serde_json::Value) -> RequestBuilder {
        self.request(method_of(method), path).header("Content-Type", "application/json").body(body.to_string())
    }

    /// Opens the page that an answer leads to.
    pub async fn follow(&self, answer: &Answer) -> Answer {
        assert_eq!(answer.status, 303, "no redirect: {answer:?}");
        self.get(answer.location()).await
    }

    /// A request with what a browser adds to it: cookies and where it started.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        if self.key.is_some() {
            return self.bare_request(method, path);
        }
        let request = self.bare_request(method.clone(), path).header("Sec-Fetch-Site", "same-origin");
        if method == Method::GET { request } else { request.header("Origin", &self.url) }
    }

    /// The same as htmx sends it.
    pub fn htmx(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).header("HX-Request", "true").header("HX-Current-URL", format!("{}{path}", self.url))
    }

    /// A request that says nothing of where it started; cookies go with it.
    pub fn bare_request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.app.http.request(method, format!("{}{path}", self.url)).header("Accept", "text/html");
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let cookies = self.cookies.lock().expect("the cookies");
        if cookies.is_empty() {
            return request;
        }
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.header("Cookie", pairs.join("; "))
    }

    /// Sends a request and keeps the cookies that come back.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.expect("the app answers");
        for set in response.headers().get_all("set-cookie") {
            let cookie = Cookie::parse(set.to_str().expect("a readable cookie")).expect("a cookie");
            assert!(cookie.name().starts_with("__Host-"), "{} is not bound to this host", cookie.name());
            assert_eq!(cookie.secure(), Some(true), "{} may leave the encryption", cookie.name());
            let mut cookies = self.cookies.lock().expect("the cookies");
            if cookie.value().is_empty() || cookie.max_age().is_some_and(|age| age.is_zero()) {
                cookies.remove(cookie.name());
            } else {
                cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        Answer::read(response).await
    }
}

/// Signs a user in; what the browser keeps of it in [`SESSION_COOKIE`].
pub async fn session(db: &Db, user: Uuid, now: DateTime<Utc>) -> String {
    let key = token::random(64).expect("randomness");
    let row = rows::ActiveModel {
        key_hash: Set(token::hash(&key)),
        id: Set(Uuid::now_v7()),
        user_id: Set(Some(user)),
        state: Set(serde_json::json!({ "actix_identity.user_id": format!("\"{user}\"") })),
        address: Set("127.0.0.1".to_owned()),
        user_agent: Set("tests".to_owned()),
        created_at: Set(now),
        seen_at: Set(now),
        expires_at: Set(now + sessions::LONGEST),
    };
    let tx = db.begin().await.expect("a transaction");
    rows::Entity::insert(row).exec_without_returning(&tx).await.expect("a session");
    tx.commit().await.expect("a session is kept");
    signed(&key)
}

/// The value of a session cookie, signed as the app signs it.
fn signed(key: &str) -> String {
    let mut jar = CookieJar::new();
    jar.signed_mut(&Key::derive_from(SECRET.as_bytes())).add(Cookie::new(SESSION_COOKIE, key.to_owned()));
    let cookie = jar.get(SESSION_COOKIE).expect("the cookie just added");
    // As on the wire, where base64's signs are escaped.
    let wire = cookie.encoded().to_string();
    wire.split_once('=').expect("name=value").1.to_owned()
}

fn method_of(word: &str) -> Method {
    Method::from_bytes(word.as_bytes()).expect("a method")
}

fn with_fields(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    request
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(serde_html_form::to_string(fields).expect("fields"))
}
