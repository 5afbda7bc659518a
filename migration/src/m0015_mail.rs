//! Links that are mailed: those that set a password anew, and those of invitations. Only hashes of their tokens are kept.

crate::ddl::migration! {
    up: r"
CREATE TABLE password_resets (
    token_hash {key} PRIMARY KEY,
    user_id {uuid} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at {time} NOT NULL,
    expires_at {time} NOT NULL
) {strict}
;
CREATE INDEX password_resets_by_user ON password_resets (user_id)
;
ALTER TABLE invitations ADD COLUMN mailed_token_hash {key}
;
CREATE UNIQUE INDEX invitations_by_mailed_token ON invitations (mailed_token_hash)
;
",
    down: r"
DROP INDEX invitations_by_mailed_token
;
ALTER TABLE invitations DROP COLUMN mailed_token_hash
;
DROP TABLE password_resets
;
",
}
