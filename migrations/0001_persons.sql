-- The local civil registry: one record per national ID, as JSON. Asked by national ID alone.
CREATE TABLE persons (
    national_id TEXT NOT NULL,
    record TEXT NOT NULL,
    CONSTRAINT persons_national_id PRIMARY KEY (national_id)
);
