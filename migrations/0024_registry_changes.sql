-- What changed in the local civil registry by an import, for those who follow it. Numbers are dense: a reader notices a gap. The record is the
-- person's as it was after the import.
CREATE TABLE registry_changes (
    number BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    event TEXT NOT NULL,
    record TEXT NOT NULL,
    CONSTRAINT registry_changes_number PRIMARY KEY (number)
);
