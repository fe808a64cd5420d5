-- +goose Up

-- Service keys. What they hold is in casbin_rule, like what users hold.
CREATE TABLE rolekit_keys (
    org_id     VARCHAR(63) NOT NULL,
    id         VARCHAR(16) NOT NULL,
    label      VARCHAR(200) NOT NULL,
    hash       VARCHAR(64) NOT NULL,  -- of the whole key, which is stored nowhere
    created_by VARCHAR(255) NOT NULL, -- as the audit log names actors
    created_at BIGINT NOT NULL,       -- seconds since 1970
    expires_at BIGINT NOT NULL,       -- seconds since 1970
    PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX rolekit_keys_by_id ON rolekit_keys (id);
