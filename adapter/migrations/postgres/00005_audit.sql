-- +goose Up

-- The audit log is asked by who did something, what was done, to what and when, within
-- one organisation.
CREATE INDEX rolekit_audit_by_actor ON rolekit_audit (org_id, actor, id);
CREATE INDEX rolekit_audit_by_action ON rolekit_audit (org_id, action, id);
CREATE INDEX rolekit_audit_by_target ON rolekit_audit (org_id, target, id);
CREATE INDEX rolekit_audit_by_time ON rolekit_audit (org_id, at);

-- The last event of an earlier organisation of the id: the log of this one begins
-- behind it. Events stay when their organisation goes.
ALTER TABLE rolekit_orgs ADD COLUMN log_after bigint NOT NULL DEFAULT 0;
