//! Whether the program lives, and whether it can serve.

use crate::db::Db;
use actix_web::{HttpResponse, web};

/// `GET /healthz`: the program answers, with or without its database.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// `GET /readyz`: the database answers and its schema is up to date; 503 with the reason otherwise.
pub async fn ready(db: web::Data<Db>) -> HttpResponse {
    let plain = "text/plain; charset=utf-8";
    match db.is_ready().await {
        Ok(true) => HttpResponse::Ok().content_type(plain).body("ready\n"),
        Ok(false) => HttpResponse::ServiceUnavailable().content_type(plain).body("migrations are waiting\n"),
        Err(_) => HttpResponse::ServiceUnavailable().content_type(plain).body("the database does not answer\n"),
    }
}
