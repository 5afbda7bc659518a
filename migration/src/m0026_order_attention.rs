//! What somebody has to look at about an order: it was paid when it could not be any more.

crate::ddl::migration! {
    up: r"
ALTER TABLE orders ADD COLUMN needs_attention TEXT
",
    down: r"
ALTER TABLE orders DROP COLUMN needs_attention
",
}
