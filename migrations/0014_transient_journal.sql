-- Short-lived rows of a single process, as they changed: an entry for each commit. The last word about a key counts. Empty on PostgreSQL.
CREATE TABLE transient_journal (
    place BIGINT NOT NULL,
    entry BYTEA NOT NULL,
    CONSTRAINT transient_journal_place PRIMARY KEY (place)
);
