-- +goose NO TRANSACTION
-- +goose Up

-- Here every statement commits by itself. Each can be repeated, so that what
-- another run left half done is finished.

-- Rules, in the very shape that gorm-adapter v3 gives the table on MySQL and
-- MariaDB: a Casbin program that opens it with gorm-adapter changes nothing.
CREATE TABLE IF NOT EXISTS casbin_rule (
    id    bigint unsigned NOT NULL AUTO_INCREMENT,
    ptype varchar(100) DEFAULT NULL,
    v0    varchar(100) DEFAULT NULL,
    v1    varchar(100) DEFAULT NULL,
    v2    varchar(100) DEFAULT NULL,
    v3    varchar(100) DEFAULT NULL,
    v4    varchar(100) DEFAULT NULL,
    v5    varchar(100) DEFAULT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Another program's table, to whose collation Alice is alice, or which knows no
-- transactions, is converted. What that collation told apart stays apart.
SET @rolekit = IF(EXISTS (
    SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'casbin_rule' AND collation_name <> 'utf8mb4_bin'
) OR EXISTS (
    SELECT 1 FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_name = 'casbin_rule' AND (engine <> 'InnoDB' OR table_collation <> 'utf8mb4_bin')
), 'ALTER TABLE casbin_rule ENGINE=InnoDB ROW_FORMAT=DYNAMIC, CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', 'DO 0');
PREPARE rolekit FROM @rolekit;
EXECUTE rolekit;

-- gorm-adapter's unique index has the name it looks for.
SET @rolekit = IF(EXISTS (
    SELECT 1 FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'casbin_rule' AND index_name = 'idx_casbin_rule'
), 'DO 0', 'CREATE UNIQUE INDEX idx_casbin_rule ON casbin_rule (ptype, v0, v1, v2, v3, v4, v5)');
PREPARE rolekit FROM @rolekit;
EXECUTE rolekit;

-- One organisation's grants, and its links.
SET @rolekit = IF(EXISTS (
    SELECT 1 FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'casbin_rule' AND index_name = 'rolekit_grants_of_org'
), 'DO 0', 'CREATE INDEX rolekit_grants_of_org ON casbin_rule (v1, ptype)');
PREPARE rolekit FROM @rolekit;
EXECUTE rolekit;
SET @rolekit = IF(EXISTS (
    SELECT 1 FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'casbin_rule' AND index_name = 'rolekit_links_of_org'
), 'DO 0', 'CREATE INDEX rolekit_links_of_org ON casbin_rule (v2, ptype)');
PREPARE rolekit FROM @rolekit;
EXECUTE rolekit;
DEALLOCATE PREPARE rolekit;
SET @rolekit = NULL;

-- Ids compare byte for byte, whatever the database's collation; but utf8mb4_bin
-- ignores spaces at the end, which no id of the kit's has.
CREATE TABLE IF NOT EXISTS rolekit_orgs (
    id         varchar(63) NOT NULL,
    label      varchar(200) NOT NULL,
    parent     varchar(63) NOT NULL DEFAULT '',
    created_at datetime(6) NOT NULL, -- times are in UTC
    PRIMARY KEY (id),
    KEY rolekit_orgs_of_parent (parent)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS rolekit_roles (
    org_id      varchar(63) NOT NULL,
    id          varchar(63) NOT NULL,
    label       varchar(200) NOT NULL,
    description varchar(2000) NOT NULL,
    profile     varchar(63) NOT NULL,
    revision    bigint NOT NULL,
    PRIMARY KEY (org_id, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS rolekit_groups (
    org_id      varchar(63) NOT NULL,
    id          varchar(63) NOT NULL,
    label       varchar(200) NOT NULL,
    description varchar(2000) NOT NULL,
    revision    bigint NOT NULL,
    PRIMARY KEY (org_id, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS rolekit_sets (
    org_id      varchar(63) NOT NULL,
    id          varchar(63) NOT NULL,
    label       varchar(200) NOT NULL,
    description varchar(2000) NOT NULL,
    revision    bigint NOT NULL,
    PRIMARY KEY (org_id, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The profile that each user acted as last.
CREATE TABLE IF NOT EXISTS rolekit_profiles (
    org_id  varchar(63) NOT NULL,
    user_id varchar(100) NOT NULL,
    profile varchar(63) NOT NULL,
    PRIMARY KEY (org_id, user_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Ids only grow, also after deletions: they are what revisions are made of.
CREATE TABLE IF NOT EXISTS rolekit_audit (
    id           bigint NOT NULL AUTO_INCREMENT,
    org_id       varchar(63) NOT NULL,
    at           datetime(6) NOT NULL,
    actor        varchar(255) NOT NULL,
    action       varchar(63) NOT NULL,
    target       varchar(255) NOT NULL,
    state_before longtext NOT NULL,
    state_after  longtext NOT NULL,
    PRIMARY KEY (id),
    KEY rolekit_audit_of_org (org_id, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One row an organisation, and * for the default roles. Writers lock it.
CREATE TABLE IF NOT EXISTS rolekit_revisions (
    org_id   varchar(63) NOT NULL,
    revision bigint NOT NULL,
    base     bigint NOT NULL DEFAULT 0, -- added to it; what an organisation's moves made up for
    PRIMARY KEY (org_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO rolekit_revisions (org_id, revision) VALUES ('*', 0) ON DUPLICATE KEY UPDATE org_id = org_id;
