//! When somebody opened a link that was mailed to them: from then on their address is theirs.

crate::ddl::migration! {
    up: r"
ALTER TABLE users ADD COLUMN email_proven_at {time}
;
",
    down: r"
ALTER TABLE users DROP COLUMN email_proven_at
;
",
}
