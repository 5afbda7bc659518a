//! Entries in words: each action's sentence, made in one `match`.

use crate::coupons::changes;
use crate::db::tables::audit_entries::Model;
use serde_json::Value;

/// Every action, with its name in the filter.
pub const ACTIONS: &[(&str, &str)] = &[
    ("coupon.created", "Coupon created"),
    ("coupon.edited", "Coupon edited"),
    ("coupon.paused", "Coupon paused"),
    ("coupon.resumed", "Coupon resumed"),
    ("coupon.deleted", "Coupon deleted"),
    ("coupon.restored", "Coupon restored"),
    ("coupon.leak_paused", "Coupon paused, as if leaked"),
    ("redemption.held", "Code held for an order"),
    ("redemption.extended", "Hold extended"),
    ("redemption.confirmed", "Code redeemed"),
    ("redemption.released", "Hold released"),
    ("redemption.expired", "Hold expired"),
    ("redemption.needs_attention", "Redemption needs attention"),
    ("redemption.honoured", "Late payment honoured"),
    ("redemption.reversed", "Redemption reversed"),
    ("person.joined", "Two names are one person"),
    ("organization.created", "Organization created"),
    ("organization.renamed", "Organization renamed"),
    ("organization.member_added", "Member added"),
    ("organization.member_role", "Member’s role changed"),
    ("organization.member_removed", "Member removed"),
    ("organization.limit_set", "Limit of an organization set"),
    ("credit.adjusted", "Credit adjusted"),
    ("limit.created", "Limit created"),
    ("limit.edited", "Limit edited"),
    ("product.created", "Product created"),
    ("product.edited", "Product edited"),
    ("product.archived", "Product archived"),
    ("product.restored", "Product restored"),
    ("product_type.created", "Product type created"),
    ("product_type.edited", "Product type edited"),
    ("membership.added", "Person added"),
    ("membership.role_changed", "Person’s role changed"),
    ("membership.removed", "Person removed"),
    ("invitation.created", "Invitation made"),
    ("invitation.accepted", "Invitation accepted"),
    ("invitation.revoked", "Invitation revoked"),
    ("user.created", "User created"),
    ("user.renamed", "User renamed"),
    ("user.password_changed", "Password changed"),
    ("user.disabled", "User disabled"),
    ("user.enabled", "User enabled"),
    ("tenant.created", "Tenant created"),
    ("tenant.edited", "Settings changed"),
    ("api_key.created", "API key created"),
];

/// Whether there is such an action.
#[must_use]
pub fn is_known(action: &str) -> bool {
    ACTIONS.iter().any(|(word, _)| *word == action)
}

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words of ours.
    Text(String),
    /// A name.
    Strong(String),
    /// A code.
    Code(String),
}

/// What happened, after the actor's name.
#[must_use]
pub fn sentence(entry: &Model) -> Vec<Part> {
    let text = |words: &str| Part::Text(words.to_owned());
    let with = |words: &str| vec![text(words), subject(entry)];
    let organization =
        || Part::Strong(entry.organization_label.clone().unwrap_or_else(|| "an organization".to_owned()));
    let of_redemption = |words: &str| match entry.organization_label {
        Some(_) => vec![text(words), subject(entry), text("for"), organization()],
        None => vec![text(words), subject(entry), text("for an order")],
    };
    let change = changes_of(entry).into_iter().next().unwrap_or_default();
    let mut parts = match entry.action.as_str() {
        "coupon.created" => with("created coupon"),
        "coupon.edited" => with("edited coupon"),
        "coupon.paused" => with("paused coupon"),
        "coupon.resumed" => with("resumed coupon"),
        "coupon.deleted" => with("deleted coupon"),
        "coupon.restored" => with("restored coupon"),
        "coupon.leak_paused" => with("paused the coupon of"),
        "redemption.held" => of_redemption("held"),
        "redemption.extended" => of_redemption("extended the hold of"),
        "redemption.confirmed" => of_redemption("redeemed"),
        "redemption.released" => of_redemption("released the hold of"),
        "redemption.expired" => of_redemption("ended the hold of"),
        "redemption.needs_attention" => of_redemption("was paid too late for"),
        "redemption.honoured" => of_redemption("honoured the late payment of"),
        "redemption.reversed" => of_redemption("reversed the redemption of"),
        "person.joined" => with("found that two names are one person:"),
        "organization.created" => with("created organization"),
        "organization.renamed" => with("renamed an organization to"),
        "organization.member_added" => {
            vec![
                text("added"),
                Part::Strong(change.field),
                text("to"),
                organization(),
                text("as"),
                text(role(&change.after)),
            ]
        }
        "organization.member_role" => {
            vec![text("made"), Part::Strong(change.field), text(role(&change.after)), text("of"), organization()]
        }
        "organization.member_removed" => {
            vec![text("removed"), Part::Strong(change.field), text("from"), organization()]
        }
        "organization.limit_set" => with("set a limit of"),
        "credit.adjusted" => with("adjusted the credit of"),
        "limit.created" => with("created limit"),
        "limit.edited" => with("edited limit"),
        "product.created" => with("created product"),
        "product.edited" => with("edited product"),
        "product.archived" => with("archived product"),
        "product.restored" => with("took back into the catalogue"),
        "product_type.created" => with("created product type"),
        "product_type.edited" => with("edited product type"),
        "membership.added" => with("added to the people here:"),
        "membership.role_changed" => with("changed the role of"),
        "membership.removed" => with("removed from the people here:"),
        "invitation.created" => with("invited"),
        "invitation.accepted" => with("accepted the invitation of"),
        "invitation.revoked" => with("revoked the invitation of"),
        "user.created" => with("made the account of"),
        "user.renamed" => with("changed the name of"),
        "user.password_changed" => with("changed the password of"),
        "user.disabled" => with("disabled"),
        "user.enabled" => with("enabled again"),
        "tenant.created" => with("set up tenant"),
        "tenant.edited" => with("changed the settings of"),
        "api_key.created" => with("made the API key"),
        other => with(&other.replace(['.', '_'], " ")),
    };
    if let Some(reason) = entry.reason.as_ref().filter(|reason| !reason.is_empty()) {
        parts.push(Part::Text(format!("“{reason}”")));
    }
    parts
}

fn role(after: &Option<String>) -> &str {
    after.as_deref().unwrap_or("member")
}

fn subject(entry: &Model) -> Part {
    match &entry.code_text {
        Some(code) => Part::Code(code.clone()),
        None => Part::Strong(entry.subject_label.clone()),
    }
}

/// A field that changed, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldChange {
    /// What people read for the field.
    pub field: String,
    /// What it was; `None` when it was empty.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

/// The fields of an entry.
#[must_use]
pub fn changes_of(entry: &Model) -> Vec<FieldChange> {
    let changes: Vec<crate::audit::Change> = serde_json::from_value(entry.changes.clone()).unwrap_or_default();
    let words = |change: crate::audit::Change| FieldChange {
        field: changes::label(&change.field).to_owned(),
        before: value(&change.before),
        after: value(&change.after),
    };
    changes.into_iter().map(words).collect()
}

fn value(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{ACTIONS, value};
    use serde_json::json;

    #[test]
    fn an_action_has_one_name() {
        let mut words: Vec<_> = ACTIONS.iter().map(|(word, _)| word).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), ACTIONS.len());
    }

    #[test]
    fn an_empty_field_is_no_value() {
        assert_eq!((value(&json!(null)), value(&json!("")), value(&json!(0))), (None, None, Some("0".to_owned())));
    }
}
