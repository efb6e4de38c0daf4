-- What one instance at a time does for all of them. An instance holds a job until `lease_until`; every step of a job checks the lease in
-- its own transaction. `progress` belongs to the job: event_order keeps the last place that it gave there.
CREATE TABLE jobs (
    name TEXT NOT NULL,
    holder BYTEA,
    lease_until BIGINT NOT NULL,
    last_run BIGINT NOT NULL,
    progress BIGINT NOT NULL,
    CONSTRAINT jobs_name PRIMARY KEY (name)
);

INSERT INTO jobs (name, holder, lease_until, last_run, progress) VALUES
    ('expiry', NULL, 0, 0, 0),
    ('key_rotation', NULL, 0, 0, 0),
    ('delivery_clean_up', NULL, 0, 0, 0),
    ('event_order', NULL, 0, 0, 0);
