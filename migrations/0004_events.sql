-- The audit log. Ids are time-ordered, so the order of the index is the order of events.
CREATE TABLE events (
    id BYTEA NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    account_id BYTEA,
    client_id TEXT,
    CONSTRAINT events_id PRIMARY KEY (id)
);

CREATE INDEX events_of_account ON events (account_id, id) WHERE account_id IS NOT NULL;
