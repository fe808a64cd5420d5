-- +goose NO TRANSACTION
-- +goose Up

-- The audit log is asked by who did something, what was done, to what and when, within
-- one organisation.
SET @rolekit = IF(EXISTS (
    SELECT 1 FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'rolekit_audit' AND index_name = 'rolekit_audit_by_time'
), 'DO 0', 'ALTER TABLE rolekit_audit ADD KEY rolekit_audit_by_actor (org_id, actor, id), ADD KEY rolekit_audit_by_action (org_id, action, id), ADD KEY rolekit_audit_by_target (org_id, target, id), ADD KEY rolekit_audit_by_time (org_id, at)');
PREPARE rolekit FROM @rolekit;
EXECUTE rolekit;
DEALLOCATE PREPARE rolekit;

-- The last event of an earlier organisation of the id: the log of this one begins
-- behind it. Events stay when their organisation goes.
SET @rolekit = IF(EXISTS (
    SELECT 1 FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'rolekit_orgs' AND column_name = 'log_after'
), 'DO 0', 'ALTER TABLE rolekit_orgs ADD COLUMN log_after bigint NOT NULL DEFAULT 0');
PREPARE rolekit FROM @rolekit;
EXECUTE rolekit;
DEALLOCATE PREPARE rolekit;
SET @rolekit = NULL;
