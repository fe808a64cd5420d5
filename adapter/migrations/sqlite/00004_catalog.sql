-- +goose Up

-- The catalog that was applied last, in one row, whose org_id is '*'.
CREATE TABLE rolekit_catalog (
    org_id     VARCHAR(63) NOT NULL,
    revision   BIGINT NOT NULL,       -- the audit event of when it was applied
    applied_by VARCHAR(255) NOT NULL, -- as the audit log names actors
    applied_at BIGINT NOT NULL,       -- seconds since 1970
    body       TEXT NOT NULL,
    PRIMARY KEY (org_id)
);

-- Since when there is a role: permissions that came later are reviewed. Roles that
-- are there already are older than all of those.
ALTER TABLE rolekit_roles ADD COLUMN created BIGINT NOT NULL DEFAULT 0; -- an audit event
ALTER TABLE rolekit_roles ADD COLUMN reviewed TEXT;                     -- permissions, with the audit event of the decision
