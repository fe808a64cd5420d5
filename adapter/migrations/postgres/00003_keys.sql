-- +goose Up

-- Service keys. What they hold is in casbin_rule, like what users hold.
CREATE TABLE rolekit_keys (
    org_id     varchar(63) COLLATE "C" NOT NULL,
    id         varchar(16) COLLATE "C" NOT NULL,
    label      varchar(200) NOT NULL,
    hash       varchar(64) COLLATE "C" NOT NULL,  -- of the whole key, which is stored nowhere
    created_by varchar(255) COLLATE "C" NOT NULL, -- as the audit log names actors
    created_at bigint NOT NULL,                   -- seconds since 1970
    expires_at bigint NOT NULL,                   -- seconds since 1970
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX rolekit_keys_by_id ON rolekit_keys (id);
