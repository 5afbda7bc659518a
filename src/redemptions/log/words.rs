//! Entries in words: each action's sentence, made in one `match`.

use crate::audit::Change;
use crate::calendar;
use crate::coupons::changes;
use crate::db::tables::audit_entries::Model;
use chrono::DateTime;
use chrono_tz::Tz;
use schemars::{Schema, SchemaGenerator, json_schema};
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
    ("code.created", "Code added"),
    ("redemption.confirmed", "Code redeemed"),
    ("redemption.released", "Hold released"),
    ("redemption.expired", "Hold expired"),
    ("redemption.needs_attention", "Redemption needs attention"),
    ("redemption.honoured", "Late payment honoured"),
    ("redemption.resolved", "Redemption dealt with"),
    ("redemption.reversed", "Redemption reversed"),
    ("person.joined", "Two names are one person"),
    ("doctor.repaired", "Counter repaired"),
    ("job.retried", "Job tried again"),
    ("webhook.created", "Webhook made"),
    ("webhook.edited", "Webhook changed"),
    ("webhook.rotated", "Secret of a webhook rotated"),
    ("webhook.disabled", "Webhook switched off"),
    ("webhook.enabled", "Webhook switched on"),
    ("webhook.deleted", "Webhook deleted"),
    ("batch.created", "Codes generated"),
    ("batch.voided", "Batch of codes voided"),
    ("batch.restored", "Batch of codes restored"),
    ("export.created", "Export asked for"),
    ("export.finished", "Export made"),
    ("export.deleted", "Export deleted"),
    ("import.started", "Import begun"),
    ("import.finished", "Import ended"),
    ("import.undone", "Import taken back"),
    ("organization.created", "Organization created"),
    ("organization.renamed", "Organization renamed"),
    ("organization.member_added", "Member added"),
    ("organization.member_role", "Member’s role changed"),
    ("organization.member_removed", "Member removed"),
    ("organization.limit_set", "Limit of an organization set"),
    ("credit.adjusted", "Credit adjusted"),
    ("credit.spent", "Credit spent"),
    ("credit.returned", "Credit returned"),
    ("credit.reversed", "Returned credit taken for a reversal"),
    ("order.placed", "Order placed"),
    ("order.paid", "Order paid"),
    ("order.failed", "Order failed"),
    ("order.expired", "Order expired"),
    ("order.refunded", "Order refunded"),
    ("order.honoured", "Order honoured"),
    ("order.resolved", "Order dealt with"),
    ("payments.edited", "Payments of a provider set up"),
    ("payments.removed", "Payments of a provider removed"),
    ("order.needs_attention", "Order needs attention"),
    ("code.deleted", "Code deleted"),
    ("code.restored", "Code restored"),
    ("code.canary_tried", "A code that nobody was given was tried"),
    ("tenant.guessing", "Many codes were guessed"),
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
    ("user.password_reset", "Password set by a mailed link"),
    ("user.disabled", "User disabled"),
    ("user.enabled", "User enabled"),
    ("tenant.created", "Tenant created"),
    ("tenant.edited", "Settings changed"),
    ("api_key.created", "API key created"),
    ("api_key.rotated", "API key rotated"),
    ("api_key.revoked", "API key revoked"),
];

/// Whether there is such an action.
#[must_use]
pub fn is_known(action: &str) -> bool {
    ACTIONS.iter().any(|(word, _)| *word == action)
}

/// The words of all actions; none is any.
pub fn schema(_: &mut SchemaGenerator) -> Schema {
    let words: Vec<&str> = std::iter::once("").chain(ACTIONS.iter().map(|(word, _)| *word)).collect();
    json_schema!({ "type": "string", "description": "The word of an action.", "enum": words })
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
pub fn sentence(entry: &Model, zone: Tz) -> Vec<Part> {
    let text = |words: &str| Part::Text(words.to_owned());
    let with = |words: &str| vec![text(words), subject(entry)];
    let organization =
        || Part::Strong(entry.organization_label.clone().unwrap_or_else(|| "an organization".to_owned()));
    let of_redemption = |words: &str| match entry.organization_label {
        Some(_) => vec![text(words), subject(entry), text("for"), organization()],
        None => vec![text(words), subject(entry), text("for an order")],
    };
    let change = changes_of(entry, zone).into_iter().next().unwrap_or_default();
    let mut parts = match entry.action.as_str() {
        "coupon.created" => with("created coupon"),
        "coupon.edited" => with("edited coupon"),
        "coupon.paused" => with("paused coupon"),
        "coupon.resumed" => with("resumed coupon"),
        "coupon.deleted" => with("deleted coupon"),
        "coupon.restored" => with("restored coupon"),
        "code.created" => with("added a code to a coupon:"),
        "coupon.leak_paused" => with("paused the coupon of"),
        "redemption.held" => of_redemption("held"),
        "redemption.extended" => of_redemption("extended the hold of"),
        "redemption.confirmed" => of_redemption("redeemed"),
        "redemption.released" => of_redemption("released the hold of"),
        "redemption.expired" => of_redemption("ended the hold of"),
        "redemption.needs_attention" => of_redemption("was paid too late for"),
        "redemption.honoured" => of_redemption("honoured the late payment of"),
        "redemption.resolved" => of_redemption("dealt with the redemption of"),
        "redemption.reversed" => of_redemption("reversed the redemption of"),
        "person.joined" => with("found that two names are one person:"),
        "doctor.repaired" => with("repaired what is kept of"),
        "webhook.created" => with("made a webhook to"),
        "webhook.edited" => with("changed the webhook to"),
        "webhook.rotated" => with("gave a new secret to the webhook to"),
        "webhook.disabled" => with("switched off the webhook to"),
        "webhook.enabled" => with("switched on the webhook to"),
        "webhook.deleted" => with("deleted the webhook to"),
        "job.retried" => with("tried a job again:"),
        "batch.created" => with("generated codes for the coupon of"),
        "batch.voided" => with("voided the unused codes of a batch of"),
        "batch.restored" => with("restored the codes of a batch of"),
        "export.created" => with("asked for an export:"),
        "export.finished" => with("has an export:"),
        "export.deleted" => with("deleted an export:"),
        "import.started" => with("began to import"),
        "import.finished" => with("has imported"),
        "import.undone" => with("took back the import of"),
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
        "credit.spent" => with("spent credit of"),
        "credit.returned" => with("gave credit back to"),
        "credit.reversed" => with("took returned credit, which a reversed redemption had granted, from"),
        "order.placed" => with("placed an order for"),
        "order.paid" => with("paid the order of"),
        "order.failed" => with("gave up the order of"),
        "order.expired" => with("ended the unpaid order of"),
        "order.refunded" => with("refunded the order of"),
        "order.resolved" => with("dealt with the order of"),
        "payments.edited" => with("changed how payments come from"),
        "payments.removed" => with("believes no more payments from"),
        "order.honoured" => with("honoured the late payment of the order of"),
        "order.needs_attention" => with("was paid too late for the order of"),
        "code.deleted" => with("deleted a code:"),
        "code.restored" => with("restored a code:"),
        "code.canary_tried" => with("saw a code tried that nobody was given:"),
        "tenant.guessing" => with("counts many guessed codes at"),
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
        "user.password_reset" => with("set by a mailed link the password of"),
        "user.disabled" => with("disabled"),
        "user.enabled" => with("enabled again"),
        "tenant.created" => with("set up tenant"),
        "tenant.edited" => with("changed the settings of"),
        "api_key.created" => with("made the API key"),
        "api_key.rotated" => with("gave a new secret to the API key"),
        "api_key.revoked" => with("revoked the API key"),
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

/// The fields of an entry; instants in the tenant's zone.
#[must_use]
pub fn changes_of(entry: &Model, zone: Tz) -> Vec<FieldChange> {
    let changes: Vec<Change> = serde_json::from_value(entry.changes.clone()).unwrap_or_default();
    let words = |change: Change| FieldChange {
        before: value(&change, &change.before, zone),
        after: value(&change, &change.after, zone),
        field: label(&change.field),
    };
    changes.into_iter().map(words).collect()
}

/// The label of the form, or the field's own word as a label: `support_contact` is Support contact. A name or an
/// address stays as it is.
fn label(field: &str) -> String {
    let known = changes::label(field);
    let is_word = field.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b' '));
    if known != field || !is_word {
        return known.to_owned();
    }
    let mut letters = field.replace('_', " ").chars().collect::<Vec<_>>();
    if let Some(first) = letters.first_mut() {
        first.make_ascii_uppercase();
    }
    letters.into_iter().collect()
}

fn value(change: &Change, value: &Value, zone: Tz) -> Option<String> {
    let instant = |text: &str| DateTime::parse_from_rfc3339(text).ok().filter(|_| change.field.ends_with("_at"));
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => {
            Some(instant(text).map_or_else(|| text.clone(), |at| calendar::moment(at.to_utc(), zone)))
        }
        Value::Bool(true) => Some("yes".to_owned()),
        Value::Bool(false) => Some("no".to_owned()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{ACTIONS, Change, label, value};
    use chrono_tz::Europe::Zurich;
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
        let shown = |field: &str, after: serde_json::Value| value(&Change::new(field, (), ()), &after, Zurich);
        assert_eq!((shown("note", json!(null)), shown("note", json!(""))), (None, None));
        assert_eq!(shown("max_uses", json!(0)).as_deref(), Some("0"));
    }

    #[test]
    fn an_instant_is_shown_in_the_tenants_zone_and_a_text_is_left_alone() {
        let instant = || json!("2026-11-21T05:02:22.989075Z");
        let shown = |field: &str| value(&Change::new(field, (), ()), &instant(), Zurich);
        assert_eq!(shown("paused_at").as_deref(), Some("21 Nov 2026, 06:02"));
        assert_eq!(shown("note").as_deref(), Some("2026-11-21T05:02:22.989075Z"));
    }

    #[test]
    fn a_field_has_a_label_and_a_name_stays_a_name() {
        assert_eq!(label("max_uses"), "Uses in total");
        assert_eq!(label("support_contact"), "Support contact");
        assert_eq!(label("limit instances"), "Limit instances");
        assert_eq!(label("anna_b@x.test"), "anna_b@x.test");
        assert_eq!(label("Seats: base"), "Seats: base");
    }
}
