use crate::app::App;
use crate::seed;
use sea_orm::{ActiveValue::Set, EntityTrait};
use uuid::Uuid;
use vouchsafe::db::tables::{memberships, users};

/// A user to be made; a member of the tenant unless said otherwise.
pub struct NewUser {
    email: String,
    role: Option<&'static str>,
}

/// Somebody who can sign in with [`seed::PASSWORD`].
pub fn user() -> NewUser {
    NewUser { email: format!("person-{}@harbour.test", super::next()), role: Some("member") }
}

impl NewUser {
    /// With this e-mail address.
    pub fn email(mut self, email: &str) -> Self {
        self.email = email.to_owned();
        self
    }

    /// With this role in the tenant.
    pub fn role(mut self, role: &'static str) -> Self {
        self.role = Some(role);
        self
    }

    /// Without a role in the tenant.
    pub fn stranger(mut self) -> Self {
        self.role = None;
        self
    }

    /// Makes it.
    pub async fn create(self, app: &App) -> users::Model {
        let (id, now) = (Uuid::now_v7(), app.now());
        let name = self.email.split('@').next().unwrap_or_default().to_owned();
        let tx = app.db.begin().await.expect("a transaction");
        let row = seed::user_row(id, &self.email, &name, false, now);
        users::Entity::insert(row).exec_without_returning(&tx).await.expect("a user");
        if let Some(role) = self.role {
            let row = memberships::ActiveModel {
                tenant_id: Set(app.tenant),
                user_id: Set(id),
                role: Set(role.to_owned()),
                created_at: Set(now),
            };
            memberships::Entity::insert(row).exec_without_returning(&tx).await.expect("a membership");
        }
        tx.commit().await.expect("the user is kept");
        seed::user(&app.db, &self.email).await
    }
}
