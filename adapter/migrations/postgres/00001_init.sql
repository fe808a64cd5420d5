-- +goose Up

-- Rules, in the very shape that gorm-adapter v3 gives the table on PostgreSQL: a
-- Casbin program that opens it with gorm-adapter changes nothing, and another
-- program's table is taken over as it is. Its unique index has the name it looks for.
CREATE TABLE IF NOT EXISTS casbin_rule (
    id    bigserial PRIMARY KEY,
    ptype varchar(100),
    v0    varchar(100),
    v1    varchar(100),
    v2    varchar(100),
    v3    varchar(100),
    v4    varchar(100),
    v5    varchar(100)
);
CREATE UNIQUE INDEX IF NOT EXISTS idx_casbin_rule ON casbin_rule (ptype, v0, v1, v2, v3, v4, v5);
-- One organisation's grants, and its links.
CREATE INDEX rolekit_grants_of_org ON casbin_rule (v1, ptype);
CREATE INDEX rolekit_links_of_org ON casbin_rule (v2, ptype);

-- Ids compare byte for byte, whatever the database's collation.
CREATE TABLE rolekit_orgs (
    id         varchar(63) COLLATE "C" PRIMARY KEY,
    label      varchar(200) NOT NULL,
    parent     varchar(63) COLLATE "C" NOT NULL DEFAULT '',
    created_at timestamp(6) NOT NULL -- times are in UTC
);
CREATE INDEX rolekit_orgs_of_parent ON rolekit_orgs (parent);

CREATE TABLE rolekit_roles (
    org_id      varchar(63) COLLATE "C" NOT NULL,
    id          varchar(63) COLLATE "C" NOT NULL,
    label       varchar(200) NOT NULL,
    description varchar(2000) NOT NULL,
    profile     varchar(63) COLLATE "C" NOT NULL,
    revision    bigint NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE TABLE rolekit_groups (
    org_id      varchar(63) COLLATE "C" NOT NULL,
    id          varchar(63) COLLATE "C" NOT NULL,
    label       varchar(200) NOT NULL,
    description varchar(2000) NOT NULL,
    revision    bigint NOT NULL,
    PRIMARY KEY (org_id, id)
);

CREATE TABLE rolekit_sets (
    org_id      varchar(63) COLLATE "C" NOT NULL,
    id          varchar(63) COLLATE "C" NOT NULL,
    label       varchar(200) NOT NULL,
    description varchar(2000) NOT NULL,
    revision    bigint NOT NULL,
    PRIMARY KEY (org_id, id)
);

-- The profile that each user acted as last.
CREATE TABLE rolekit_profiles (
    org_id  varchar(63) COLLATE "C" NOT NULL,
    user_id varchar(100) COLLATE "C" NOT NULL,
    profile varchar(63) COLLATE "C" NOT NULL,
    PRIMARY KEY (org_id, user_id)
);

-- Ids only grow, also after deletions: they are what revisions are made of.
CREATE TABLE rolekit_audit (
    id           bigserial PRIMARY KEY,
    org_id       varchar(63) COLLATE "C" NOT NULL,
    at           timestamp(6) NOT NULL,
    actor        varchar(255) COLLATE "C" NOT NULL,
    action       varchar(63) COLLATE "C" NOT NULL,
    target       varchar(255) COLLATE "C" NOT NULL,
    state_before text NOT NULL,
    state_after  text NOT NULL
);
CREATE INDEX rolekit_audit_of_org ON rolekit_audit (org_id, id);

-- One row an organisation, and * for the default roles. Writers lock it.
CREATE TABLE rolekit_revisions (
    org_id   varchar(63) COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL,
    base     bigint NOT NULL DEFAULT 0 -- added to it; what an organisation's moves made up for
);
INSERT INTO rolekit_revisions (org_id, revision) VALUES ('*', 0);
