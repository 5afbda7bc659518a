//! The id at the end of a path.

use crate::error::Error;
use crate::web::gate;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use std::ops::Deref;
use uuid::Uuid;

/// The `{id}` of a path. What is no id is the id of nothing, which those who may ask are told, and nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(pub Uuid);

impl Deref for Id {
    type Target = Uuid;

    fn deref(&self) -> &Uuid {
        &self.0
    }
}

impl FromRequest for Id {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let read = async { request.match_info().get("id").and_then(|id| id.parse().ok()).ok_or(Error::NotFound) };
            gate::after(&request, read).await.map(Self)
        })
    }
}
