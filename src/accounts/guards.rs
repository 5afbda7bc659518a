//! Who may come in. Each guard is an extractor, so a handler's signature says whom it serves, and a route without one
//! is for strangers.
//!
//! Rights are read anew with every request: a role that was taken away is gone at once.

use crate::accounts::arrival::{self, Guest};
use crate::accounts::door::{Admitted, Door};
use crate::accounts::role::Role;
use crate::accounts::sessions;
use crate::accounts::shell::{Section, Shell};
use crate::audit::{Actor, ActorKind};
use crate::clock::Clock;
use crate::db::Db;
use crate::db::standing::Standing;
use crate::db::tables::{api_keys, users};
use crate::error::Error;
use crate::tenants::Tenant;
use crate::web::notice::Notice;
use crate::web::{address, gate, htmx, request_log, unsent};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;
use std::net::IpAddr;
use std::ops::Deref;
use uuid::Uuid;

/// A request to a tenant, by anybody.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The tenant that answers at this hostname.
    pub tenant: Tenant,
    /// When it came in.
    pub now: DateTime<Utc>,
    /// Where the database stood then, as far as it was asked.
    pub standing: Option<Standing>,
    /// Whether htmx asks for a fragment.
    pub fragment: bool,
    /// Where it comes from.
    pub address: IpAddr,
    /// Its name in the log.
    pub request_id: String,
    /// What the last write left to say.
    pub notice: Option<Notice>,
}

/// Somebody who is signed in, whatever the role.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The request.
    pub visit: Visit,
    /// Who.
    pub user: users::Model,
    /// The role in this tenant, if any.
    pub role: Option<Role>,
    /// The session it came with.
    pub session_id: Uuid,
}

impl Deref for SignedIn {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl SignedIn {
    /// Whether the rights reach as far as this role's.
    #[must_use]
    pub fn reaches(&self, role: Role) -> bool {
        self.user.platform_admin || self.role >= Some(role)
    }

    /// The name for the audit log.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            kind: ActorKind::User,
            id: Some(self.user.id),
            label: self.user.email.clone(),
            request_id: self.request_id.clone(),
        }
    }

    /// The frame of a page in this section.
    #[must_use]
    pub fn shell(&self, here: Section) -> Shell {
        Shell::of(self, Some(here))
    }
}

/// Declares a guard that is a [`SignedIn`] who passes a test.
macro_rules! guard {
    ($(#[$doc:meta])* $name:ident, $needed:literal, $passes:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub SignedIn);

        impl Deref for $name {
            type Target = SignedIn;

            fn deref(&self) -> &SignedIn {
                &self.0
            }
        }

        impl FromRequest for $name {
            type Error = Error;
            type Future = LocalBoxFuture<'static, Result<Self, Error>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let request = request.clone();
                let closed = gate::close(&request);
                Box::pin(async move {
                    let passes: fn(&SignedIn) -> bool = $passes;
                    let signed_in = signed_in(&request).await?;
                    if !passes(&signed_in) {
                        return Err(Error::Forbidden($needed));
                    }
                    drop(closed);
                    Ok(Self(signed_in))
                })
            }
        }
    };
}

guard!(
    /// Somebody who belongs to this tenant.
    Member, "You are not a member here. Ask an administrator to invite you.", |who| who.reaches(Role::Member)
);
guard!(
    /// Support or more.
    Support, "This page is for support and administrators.", |who| who.reaches(Role::Support)
);
guard!(
    /// An administrator of this tenant.
    Admin, "This page is for administrators.", |who| who.reaches(Role::Admin)
);
guard!(
    /// Support or more, while the tenant's coupons are switched on.
    CouponReader, "This page is for support and administrators of tenants with coupons switched on.",
    |who| who.reaches(Role::Support) && who.tenant.row.coupons_enabled
);
guard!(
    /// An administrator, while the tenant's coupons are switched on.
    CouponAdmin, "This page is for administrators of tenants with coupons switched on.",
    |who| who.reaches(Role::Admin) && who.tenant.row.coupons_enabled
);
guard!(
    /// An administrator of the whole installation.
    PlatformAdmin, "This page is for the administrators of the installation.", |who| who.user.platform_admin
);

impl FromRequest for SignedIn {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        let closed = gate::close(&request);
        Box::pin(async move {
            let who = signed_in(&request).await?;
            drop(closed);
            Ok(who)
        })
    }
}

impl FromRequest for Visit {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let visit = visit(&request).await?;
            Shell::for_strangers(&visit).stay(&request);
            Ok(visit)
        })
    }
}

pub(super) fn data<T: Clone + 'static>(request: &HttpRequest) -> Result<T, Error> {
    let data = request.app_data::<web::Data<T>>().map(|data| data.get_ref().clone());
    Ok(data.ok_or_else(|| anyhow!("the app lacks {}", std::any::type_name::<T>()))?)
}

pub(super) async fn visit(request: &HttpRequest) -> Result<Visit, Error> {
    Ok(visit_with(request, None).await?.0)
}

/// A request, and the key of its tenant that has this secret.
pub(super) async fn visit_with(
    request: &HttpRequest,
    secret: Option<&str>,
) -> Result<(Visit, Option<api_keys::Model>), Error> {
    let (door, now) = (data::<Door>(request)?, data::<Clock>(request)?.now());
    let Admitted { tenant, key, standing } = door.admit(&address::hostname(request), secret, now).await?;
    Ok((Visit { standing, ..visit_of(request, tenant, now) }, key))
}

fn visit_of(request: &HttpRequest, tenant: Tenant, now: DateTime<Utc>) -> Visit {
    Visit {
        tenant,
        now,
        standing: None,
        fragment: htmx::is_fragment(request),
        address: address::client(request),
        request_id: request_log::id_of(request),
        notice: Notice::take(request),
    }
}

pub(super) async fn signed_in(request: &HttpRequest) -> Result<SignedIn, Error> {
    let Some(key_hash) = sessions::key_of(request) else {
        visit(request).await?;
        return Err(sign_in_required(request).await);
    };
    let db: Db = data(request)?;
    let now = data::<Clock>(request)?.now();
    let (tenant, guest) = arrival::of(db.read(), &address::hostname(request), &key_hash, now).await?;
    let visit = visit_of(request, tenant, now);
    let Some(Guest { session_id, seen_at, user, role }) = guest else {
        return Err(sign_in_required(request).await);
    };
    sessions::touch(&db, (session_id, seen_at), visit.now).await?;
    let who = SignedIn { visit, user, role, session_id };
    Shell::of(&who, None).stay(request);
    Ok(who)
}

/// Nobody is signed in (any more); what they typed is kept for the answer.
async fn sign_in_required(request: &HttpRequest) -> Error {
    unsent::arrived(request).await;
    Error::SignInRequired
}
