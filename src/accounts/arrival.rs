//! Who arrives with a request: the tenant that answers at its hostname, and the user of its session with the role there, in
//! one read, because every page begins with it. Nothing of it is kept: what was taken away is gone with the next request.

use crate::accounts::role::Role;
use crate::accounts::sessions;
use crate::db::tables::{tenants, users};
use crate::error::Error;
use crate::tenants::Tenant;
use crate::tenants::queries::Hosts;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, IdenStatic, Iterable, QueryResult, Statement};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use uuid::Uuid;

/// A session that is alive, and whose it is.
#[derive(Clone, Debug)]
pub struct Guest {
    /// The session.
    pub session_id: Uuid,
    /// When it was last noted to be used.
    pub seen_at: DateTime<Utc>,
    /// The user, whose account is not switched off.
    pub user: users::Model,
    /// The role in this tenant, if any.
    pub role: Option<Role>,
}

/// The tenant at this hostname (see [`Hosts::at`]), and who the session with this
/// hashed key belongs to, if it is alive.
///
/// # Errors
/// As [`Hosts::at`].
pub async fn of(
    connection: &impl ConnectionTrait,
    hostname: &str,
    key_hash: &str,
    now: DateTime<Utc>,
) -> Result<(Tenant, Option<Guest>), Error> {
    let values = [hostname.to_ascii_lowercase().into(), key_hash.into()];
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), TEXT.as_str(), values);
    match connection.query_one_raw(statement).await? {
        Some(row) => Ok((tenants::Model::from_query_result(&row, "t_")?.try_into()?, guest(&row, now)?)),
        // They know which of the reasons it is.
        None => {
            let hostname = hostname.to_ascii_lowercase();
            let hosts = Hosts::find(connection, &BTreeSet::from([hostname.clone()])).await?;
            Ok((hosts.at(&hostname)?.clone(), None))
        }
    }
}

fn guest(row: &QueryResult, now: DateTime<Utc>) -> Result<Option<Guest>, Error> {
    let times: (Option<DateTime<Utc>>, Option<DateTime<Utc>>) =
        (row.try_get("s_", "seen_at")?, row.try_get("s_", "expires_at")?);
    let (Some(seen_at), Some(expires_at)) = times else { return Ok(None) };
    let user = users::Model::from_query_result_optional(row, "u_")?;
    let Some(user) = user.filter(|user| sessions::is_alive(seen_at, expires_at, now) && user.disabled_at.is_none())
    else {
        return Ok(None);
    };
    let role: Option<String> = row.try_get("m_", "role")?;
    let role = role.map(|word| Role::of_row(&word)).transpose()?;
    Ok(Some(Guest { session_id: row.try_get("s_", "id")?, seen_at, user, role }))
}

/// The tenant with this hostname, or else the only one there is; each part is found by its key.
static TEXT: LazyLock<String> = LazyLock::new(|| {
    let columns = [
        columns::<tenants::Entity>("t"),
        columns::<users::Entity>("u"),
        "s.id AS s_id, s.seen_at AS s_seen_at, s.expires_at AS s_expires_at, m.role AS m_role".to_owned(),
    ];
    format!(
        "SELECT {} FROM tenants AS t \
         LEFT JOIN sessions AS s ON s.key_hash = $2 \
         LEFT JOIN users AS u ON u.id = s.user_id \
         LEFT JOIN memberships AS m ON m.tenant_id = t.id AND m.user_id = u.id \
         WHERE t.id = COALESCE((SELECT id FROM tenants WHERE hostname = $1), \
             (SELECT a.id FROM tenants AS a WHERE NOT EXISTS (SELECT 1 FROM tenants AS b WHERE b.id <> a.id)))",
        columns.join(", "),
    )
});

/// Every column of a table, as `t.name AS t_name`.
fn columns<E: EntityTrait>(table: &str) -> String {
    let columns: Vec<String> = E::Column::iter().map(|it| format!("{table}.{0} AS {table}_{0}", it.as_str())).collect();
    columns.join(", ")
}
