-- +goose Up

-- Rules, in the very shape that gorm-adapter v3 gives the table on SQLite: a
-- Casbin program that opens it with gorm-adapter migrates any other shape into
-- this one, and drops the indexes below. Its unique index has the name it looks for.
CREATE TABLE IF NOT EXISTS casbin_rule (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    ptype TEXT,
    v0    TEXT,
    v1    TEXT,
    v2    TEXT,
    v3    TEXT,
    v4    TEXT,
    v5    TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS idx_casbin_rule ON casbin_rule (ptype, v0, v1, v2, v3, v4, v5);
-- One organisation's grants, and its links. They hold every column, because
-- SQLite takes the unique index, which does, over a better one which does not,
-- and so would read every organisation's rows.
CREATE INDEX rolekit_grants_of_org ON casbin_rule (v1, ptype, v0, v2, v3, v4, v5);
CREATE INDEX rolekit_links_of_org ON casbin_rule (v2, ptype, v0, v1, v3, v4, v5);

CREATE TABLE rolekit_orgs (
    id         VARCHAR(63) PRIMARY KEY,
    label      VARCHAR(200) NOT NULL,
    parent     VARCHAR(63) NOT NULL DEFAULT '',
    created_at DATETIME NOT NULL -- times are in UTC
);
CREATE INDEX rolekit_orgs_of_parent ON rolekit_orgs (parent);

CREATE TABLE rolekit_roles (
    org_id      VARCHAR(63) NOT NULL,
    id          VARCHAR(63) NOT NULL,
    label       VARCHAR(200) NOT NULL,
    description VARCHAR(2000) NOT NULL,
    profile     VARCHAR(63) NOT NULL,
    revision    BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE TABLE rolekit_groups (
    org_id      VARCHAR(63) NOT NULL,
    id          VARCHAR(63) NOT NULL,
    label       VARCHAR(200) NOT NULL,
    description VARCHAR(2000) NOT NULL,
    revision    BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE TABLE rolekit_sets (
    org_id      VARCHAR(63) NOT NULL,
    id          VARCHAR(63) NOT NULL,
    label       VARCHAR(200) NOT NULL,
    description VARCHAR(2000) NOT NULL,
    revision    BIGINT NOT NULL,
    PRIMARY KEY (org_id, id)
);

-- The profile that each user acted as last.
CREATE TABLE rolekit_profiles (
    org_id  VARCHAR(63) NOT NULL,
    user_id VARCHAR(100) NOT NULL,
    profile VARCHAR(63) NOT NULL,
    PRIMARY KEY (org_id, user_id)
);

-- Ids only grow, also after deletions: they are what revisions are made of.
CREATE TABLE rolekit_audit (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    org_id       VARCHAR(63) NOT NULL,
    at           DATETIME NOT NULL,
    actor        VARCHAR(255) NOT NULL,
    action       VARCHAR(63) NOT NULL,
    target       VARCHAR(255) NOT NULL,
    state_before TEXT NOT NULL,
    state_after  TEXT NOT NULL
);
CREATE INDEX rolekit_audit_of_org ON rolekit_audit (org_id, id);

-- One row an organisation, and * for the default roles. Writers lock it.
CREATE TABLE rolekit_revisions (
    org_id   VARCHAR(63) PRIMARY KEY,
    revision BIGINT NOT NULL,
    base     BIGINT NOT NULL DEFAULT 0 -- added to it; what an organisation's moves made up for
);
INSERT INTO rolekit_revisions (org_id, revision) VALUES ('*', 0);
