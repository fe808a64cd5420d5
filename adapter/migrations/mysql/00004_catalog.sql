-- +goose NO TRANSACTION
-- +goose Up

-- The catalog that was applied last, in one row, whose org_id is '*'.
CREATE TABLE IF NOT EXISTS rolekit_catalog (
    org_id     varchar(63) NOT NULL,
    revision   bigint NOT NULL,       -- the audit event of when it was applied
    applied_by varchar(255) NOT NULL, -- as the audit log names actors
    applied_at bigint NOT NULL,       -- seconds since 1970
    body       mediumtext NOT NULL,
    PRIMARY KEY (org_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Since when there is a role: permissions that came later are reviewed. Roles that
-- are there already are older than all of those.
SET @rolekit = IF(EXISTS (
    SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'rolekit_roles' AND column_name = 'created'
), 'DO 0', 'ALTER TABLE rolekit_roles ADD COLUMN created bigint NOT NULL DEFAULT 0');
PREPARE rolekit FROM @rolekit;
EXECUTE rolekit;
SET @rolekit = IF(EXISTS (
    SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'rolekit_roles' AND column_name = 'reviewed'
), 'DO 0', 'ALTER TABLE rolekit_roles ADD COLUMN reviewed mediumtext');
PREPARE rolekit FROM @rolekit;
EXECUTE rolekit;
DEALLOCATE PREPARE rolekit;
SET @rolekit = NULL;
