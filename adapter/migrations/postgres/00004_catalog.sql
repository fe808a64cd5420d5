-- +goose Up

-- The catalog that was applied last, in one row, whose org_id is '*'.
CREATE TABLE rolekit_catalog (
    org_id     varchar(63) COLLATE "C" NOT NULL,
    revision   bigint NOT NULL,                   -- the audit event of when it was applied
    applied_by varchar(255) COLLATE "C" NOT NULL, -- as the audit log names actors
    applied_at bigint NOT NULL,                   -- seconds since 1970
    body       text NOT NULL,
    PRIMARY KEY (org_id)
);

-- Since when there is a role: permissions that came later are reviewed. Roles that
-- are there already are older than all of those.
ALTER TABLE rolekit_roles
    ADD COLUMN created bigint NOT NULL DEFAULT 0, -- an audit event
    ADD COLUMN reviewed text COLLATE "C";         -- permissions, with the audit event of the decision
