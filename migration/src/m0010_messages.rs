//! A tenant's own messages, one for each family of refusals; without one the message is ours.

crate::ddl::migration! {
    up: r"
ALTER TABLE tenants ADD COLUMN message_no_discount TEXT
;
ALTER TABLE tenants ADD COLUMN message_requirements TEXT
;
ALTER TABLE tenants ADD COLUMN message_full_discount TEXT
;
",
    down: r"
ALTER TABLE tenants DROP COLUMN message_full_discount
;
ALTER TABLE tenants DROP COLUMN message_requirements
;
ALTER TABLE tenants DROP COLUMN message_no_discount
;
",
}
