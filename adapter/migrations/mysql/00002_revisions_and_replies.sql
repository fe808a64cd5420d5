-- +goose NO TRANSACTION
-- +goose Up

-- When an organisation itself last changed, its label or its place: what a change
-- of it must have seen. It begins at what is known of it; where this is repeated,
-- what has moved since is left alone.
SET @rolekit = IF(EXISTS (
    SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'rolekit_orgs' AND column_name = 'revision'
), 'DO 0', 'ALTER TABLE rolekit_orgs ADD COLUMN revision bigint NOT NULL DEFAULT 1');
PREPARE rolekit FROM @rolekit;
EXECUTE rolekit;
DEALLOCATE PREPARE rolekit;
SET @rolekit = NULL;
UPDATE rolekit_orgs SET revision = GREATEST(revision, COALESCE((SELECT r.revision FROM rolekit_revisions r WHERE r.org_id = rolekit_orgs.id), 1));

-- What was answered to requests that may come again, for a day.
CREATE TABLE IF NOT EXISTS rolekit_replies (
    owner   varchar(100) NOT NULL,
    name    varchar(255) NOT NULL, -- the request's, as its owner calls it
    request varchar(64) NOT NULL,  -- a hash of it
    turn    varchar(32) NOT NULL,  -- of whoever is doing it
    org_id  varchar(63) NOT NULL,  -- which it is about; empty where that is none
    at      bigint NOT NULL,       -- seconds since 1970
    body    mediumtext NOT NULL,   -- empty while it is being done
    PRIMARY KEY (owner, name),
    KEY rolekit_replies_of_org (org_id),
    KEY rolekit_replies_by_age (at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
