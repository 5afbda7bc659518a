//! Who calls the JSON API: a system with a key and its scopes, or somebody with a session and a role. As with pages, a
//! handler's signature says whom it serves.
//!
//! A call that brings an `Authorization` header stands or falls with it: a session beside it never helps a key that does
//! not work. Keys are read anew with every call, so one that was revoked is gone at once.

use crate::accounts::guards::{SignedIn, Visit, data, signed_in, visit_with};
use crate::accounts::keys::{self, Uses};
use crate::accounts::role::Role;
use crate::audit::{Actor, ActorKind};
use crate::db::Db;
use crate::error::{Error, Fault};
use crate::web::api::Once;
use crate::web::{gate, replay};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use std::ops::Deref;
use uuid::Uuid;

/// A call with a key.
#[derive(Clone, Debug)]
pub struct Keyed {
    /// The request.
    pub visit: Visit,
    /// The key; it stays the same when its secret is rotated.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
}

/// Who calls.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A system with a key of this tenant.
    Key(Keyed),
    /// Somebody who is signed in, with a role here or without.
    User(SignedIn),
}

impl Deref for Caller {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        match self {
            Self::Key(key) => &key.visit,
            Self::User(user) => &user.visit,
        }
    }
}

impl Caller {
    /// The name for the audit log.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::User(user) => user.actor(),
            Self::Key(key) => Actor {
                kind: ActorKind::Key,
                id: Some(key.id),
                label: key.name.clone(),
                request_id: key.visit.request_id.clone(),
            },
        }
    }

    /// The key, when it is one.
    #[must_use]
    pub fn as_key(&self) -> Option<&Keyed> {
        if let Self::Key(key) = self { Some(key) } else { None }
    }

    /// Who is signed in, when it is no key.
    #[must_use]
    pub fn as_user(&self) -> Option<&SignedIn> {
        if let Self::User(user) = self { Some(user) } else { None }
    }

    /// Whether it is a key with this scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.as_key().is_some_and(|key| key.scopes.iter().any(|has| has == scope))
    }

    /// Whether it is a session whose rights reach as far as this role's.
    #[must_use]
    pub fn reaches(&self, role: Role) -> bool {
        self.as_user().is_some_and(|user| user.reaches(role))
    }

    /// Who it is in keys of requests and throttles: `key:<id>` or `user:<id>`.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Self::Key(key) => format!("key:{}", key.id),
            Self::User(user) => format!("user:{}", user.user.id),
        }
    }

    /// The key of this call, where it brings an `Idempotency-Key`.
    #[must_use]
    pub fn request_key(&self, once: &Once) -> Option<replay::Key> {
        once.key(self.tenant.id, self.word())
    }
}

impl FromRequest for Caller {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        let closed = gate::close(&request);
        Box::pin(async move {
            let caller = caller(&request).await?;
            drop(closed);
            Ok(caller)
        })
    }
}

async fn caller(request: &HttpRequest) -> Result<Caller, Error> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let (first, second) = (headers.next(), headers.next());
    let Some(header) = first else {
        return match signed_in(request).await {
            Err(Error::SignInRequired) => Err(unauthorized()),
            found => Ok(Caller::User(found?)),
        };
    };
    let secret = header.to_str().ok().filter(|_| second.is_none()).and_then(bearer).ok_or_else(invalid_key)?;
    let (visit, key) = visit_with(request, Some(secret)).await?;
    let (key, db) = (key.ok_or_else(invalid_key)?, data::<Db>(request)?);
    data::<Uses>(request)?.note(&db, &key, visit.now);
    let scopes = keys::scopes_of(&key);
    Ok(Caller::Key(Keyed { visit, id: key.id, name: key.name, scopes }))
}

/// The secret of `Bearer <secret>`.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, secret) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

fn unauthorized() -> Error {
    let detail = "Send an API key as “Authorization: Bearer vs_…”, or sign in.";
    Fault::new("unauthorized", "Who is calling?", detail).with_status(StatusCode::UNAUTHORIZED)
}

/// Unknown, revoked, expired, or another tenant's: which of them is nobody's business.
fn invalid_key() -> Error {
    let detail = "This API key does not work here. It may be mistyped, expired or revoked.";
    Fault::new("invalid_key", "This key does not work", detail).with_status(StatusCode::UNAUTHORIZED)
}

fn missing_scope(scope: &'static str) -> Error {
    let detail = format!("This key lacks the scope {scope}. Use a key that has it.");
    Fault::new("missing_scope", "Not allowed", detail).with("scope", scope).with_status(StatusCode::FORBIDDEN)
}

fn coupons_disabled() -> Error {
    let detail = "Coupons are switched off for this tenant.";
    Fault::new("coupons_disabled", "Not allowed", detail).with_status(StatusCode::FORBIDDEN)
}

/// Whom a call is for.
struct Admission {
    scope: &'static str,
    /// The least role of a session; `None` where only keys are served.
    role: Option<Role>,
    /// What somebody is told who has another role.
    needed: &'static str,
    /// Whether it is there only while the tenant's coupons are switched on.
    coupons: bool,
}

impl Admission {
    async fn of(self, request: &HttpRequest) -> Result<Caller, Error> {
        let caller = caller(request).await?;
        match &caller {
            Caller::Key(_) if !caller.has_scope(self.scope) => return Err(missing_scope(self.scope)),
            Caller::User(user) if !self.role.is_some_and(|role| user.reaches(role)) => {
                return Err(Error::Forbidden(self.needed));
            }
            _ => {}
        }
        if self.coupons && !caller.tenant.row.coupons_enabled {
            return Err(coupons_disabled());
        }
        Ok(caller)
    }
}

/// Declares a guard: a key with the scope, or a session whose role reaches this far.
macro_rules! admits {
    ($($(#[$doc:meta])* $name:ident($scope:literal, $role:expr, $needed:literal $(, $coupons:ident)?);)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub Caller);

        impl Deref for $name {
            type Target = Caller;

            fn deref(&self) -> &Caller {
                &self.0
            }
        }

        impl FromRequest for $name {
            type Error = Error;
            type Future = LocalBoxFuture<'static, Result<Self, Error>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let request = request.clone();
                let coupons = admits!(@coupons $($coupons)?);
                let admission = Admission { scope: $scope, role: $role, needed: $needed, coupons };
                let closed = gate::close(&request);
                Box::pin(async move {
                    let caller = admission.of(&request).await?;
                    drop(closed);
                    Ok(Self(caller))
                })
            }
        }
    )+};
    (@coupons) => { false };
    (@coupons while_coupons_are_on) => { true };
}

admits! {
    /// Reads coupons and codes: `coupons:read`, or support.
    ReadsCoupons("coupons:read", Some(Role::Support),
        "This is for support, administrators, and keys with the scope coupons:read.", while_coupons_are_on);
    /// Reads coupons in the shapes of older callers: `coupons:read`, or an administrator.
    ListsCoupons("coupons:read", Some(Role::Admin),
        "This is for administrators, and keys with the scope coupons:read.", while_coupons_are_on);
    /// Changes coupons and codes: `coupons:write`, or an administrator.
    WritesCoupons("coupons:write", Some(Role::Admin),
        "This is for administrators, and keys with the scope coupons:write.", while_coupons_are_on);
    /// Asks what a code would do: `validations`, or a member.
    Validates("validations", Some(Role::Member),
        "This is for members, and keys with the scope validations.");
    /// Holds, redeems and confirms at prices of its own: `redemptions:write`, keys only.
    Redeems("redemptions:write", None,
        "This is for keys with the scope redemptions:write: prices never come from a browser.");
    /// Reads, releases and reverses redemptions: `redemptions:write`, or support.
    SettlesRedemptions("redemptions:write", Some(Role::Support),
        "This is for support, administrators, and keys with the scope redemptions:write.");
    /// Keeps what was paid too late, for which maxima may be raised: `coupons:write`, or support.
    Honours("coupons:write", Some(Role::Support),
        "This is for support, administrators, and keys with the scope coupons:write.");
    /// Sees organizations: `organizations:write`, or a member, who sees the own ones.
    SeesOrganizations("organizations:write", Some(Role::Member),
        "This is for members, and keys with the scope organizations:write.");
    /// Changes organizations' limits and credit: `organizations:write`, or an administrator.
    WritesOrganizations("organizations:write", Some(Role::Admin),
        "This is for administrators, and keys with the scope organizations:write.");
    /// Releases and refunds orders: `organizations:write`, or support.
    SettlesOrders("organizations:write", Some(Role::Support),
        "This is for support, administrators, and keys with the scope organizations:write.");
    /// Reads the audit log: `audit:read`, or support.
    ReadsAudit("audit:read", Some(Role::Support),
        "This is for support, administrators, and keys with the scope audit:read.");
    /// Makes and reads exports: `exports`, or support, whose role says of what.
    Exports("exports", Some(Role::Support),
        "This is for support, administrators, and keys with the scope exports.");
}

impl SeesOrganizations {
    /// Whether it sees every organization of the tenant, not only its own.
    #[must_use]
    pub fn sees_all(&self) -> bool {
        self.as_key().is_some() || self.reaches(Role::Support)
    }
}

#[cfg(test)]
mod tests {
    use super::bearer;

    #[test]
    fn a_key_comes_as_a_bearer() {
        assert_eq!(bearer("Bearer vs_abc"), Some("vs_abc"));
        assert_eq!(bearer("bearer  vs_abc "), Some("vs_abc"));
        assert_eq!(bearer("Basic vs_abc"), None);
        assert_eq!(bearer("vs_abc"), None);
    }
}
