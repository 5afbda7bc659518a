use crate::app::App;
use chrono::{DateTime, Utc};
use uuid::Uuid;
use vouchsafe::accounts::keys;
use vouchsafe::audit;

/// A key to be made; without scopes and end unless said otherwise.
pub struct NewKey {
    tenant: Option<Uuid>,
    new: keys::New,
}

/// A key of the seeded tenant.
pub fn key() -> NewKey {
    let name = format!("key-{}", super::next());
    NewKey { tenant: None, new: keys::New { name, scopes: Vec::new(), expires_at: None, created_by: None } }
}

impl NewKey {
    /// With this name.
    pub fn name(mut self, name: &str) -> Self {
        self.new.name = name.to_owned();
        self
    }

    /// With these scopes.
    pub fn scopes(mut self, scopes: &[&str]) -> Self {
        self.new.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self
    }

    /// Until then.
    pub fn until(mut self, end: DateTime<Utc>) -> Self {
        self.new.expires_at = Some(end);
        self
    }

    /// Of this tenant.
    pub fn of(mut self, tenant: Uuid) -> Self {
        self.tenant = Some(tenant);
        self
    }

    /// Makes it; the secret.
    pub async fn create(self, app: &App) -> String {
        let (actor, tenant) = (audit::Actor::system("tests"), self.tenant.unwrap_or(app.tenant));
        let tx = app.db.begin().await.expect("a transaction");
        let made = keys::create(&tx, &actor, tenant, self.new, app.now()).await.expect("a key");
        tx.commit().await.expect("the key is kept");
        made.1
    }
}
