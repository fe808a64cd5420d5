-- +goose Up

-- When an organisation itself last changed, its label or its place: what a change
-- of it must have seen. It begins at what is known of it.
ALTER TABLE rolekit_orgs ADD COLUMN revision bigint NOT NULL DEFAULT 1;
UPDATE rolekit_orgs SET revision = COALESCE((SELECT GREATEST(1, r.revision) FROM rolekit_revisions r WHERE r.org_id = rolekit_orgs.id), 1);

-- What was answered to requests that may come again, for a day.
CREATE TABLE rolekit_replies (
    owner   varchar(100) COLLATE "C" NOT NULL,
    name    varchar(255) COLLATE "C" NOT NULL, -- the request's, as its owner calls it
    request varchar(64) COLLATE "C" NOT NULL,  -- a hash of it
    turn    varchar(32) COLLATE "C" NOT NULL,  -- of whoever is doing it
    org_id  varchar(63) COLLATE "C" NOT NULL,  -- which it is about; empty where that is none
    at      bigint NOT NULL,                   -- seconds since 1970
    body    text NOT NULL,                     -- empty while it is being done
    PRIMARY KEY (owner, name)
);
CREATE INDEX rolekit_replies_of_org ON rolekit_replies (org_id);
CREATE INDEX rolekit_replies_by_age ON rolekit_replies (at);
