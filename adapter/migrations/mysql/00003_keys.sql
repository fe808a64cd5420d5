-- +goose NO TRANSACTION
-- +goose Up

-- Service keys. What they hold is in casbin_rule, like what users hold.
CREATE TABLE IF NOT EXISTS rolekit_keys (
    org_id     varchar(63) NOT NULL,
    id         varchar(16) NOT NULL,
    label      varchar(200) NOT NULL,
    hash       varchar(64) NOT NULL,  -- of the whole key, which is stored nowhere
    created_by varchar(255) NOT NULL, -- as the audit log names actors
    created_at bigint NOT NULL,       -- seconds since 1970
    expires_at bigint NOT NULL,       -- seconds since 1970
    PRIMARY KEY (org_id, id),
    UNIQUE KEY rolekit_keys_by_id (id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
