//! Who manages the members of an organization from its own page.

use crate::accounts::guards::{Member, SignedIn};
use crate::db::Db;
use crate::error::Error;
use crate::organizations::members::{self, MemberRole};
use crate::web::gate;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use anyhow::anyhow;
use futures_util::future::LocalBoxFuture;
use std::ops::Deref;
use uuid::Uuid;

/// An owner of the organization whose `{id}` stands in the path. It is not found by whoever does not belong to it.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Who.
    pub who: Member,
    /// Of which organization.
    pub organization: Uuid,
}

impl Deref for Owner {
    type Target = SignedIn;

    fn deref(&self) -> &SignedIn {
        &self.who
    }
}

impl FromRequest for Owner {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let member = Member::from_request(request, payload);
        // After the gate of that guard, so that this one stays closed when it opens.
        let closed = gate::close(request);
        let request = request.clone();
        Box::pin(async move {
            let who = member.await?;
            let db = request.app_data::<web::Data<Db>>().ok_or_else(|| anyhow!("the app lacks its database"))?;
            let organization = request.match_info().get("id").and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
            match members::role_of(db.read(), (who.tenant.id, organization), who.user.id).await? {
                Some(MemberRole::Owner) => {}
                Some(MemberRole::Member) => return Err(Error::Forbidden("Only an owner manages the members.")),
                None => return Err(Error::NotFound),
            }
            drop(closed);
            Ok(Self { who, organization })
        })
    }
}
