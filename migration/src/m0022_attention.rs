//! An index of the few redemptions that somebody has to look at.

crate::ddl::migration! {
    up: r"
CREATE INDEX redemptions_needing_attention ON redemptions (tenant_id, id) WHERE needs_attention IS NOT NULL
",
    down: r"
DROP INDEX redemptions_needing_attention
",
}
