-- One outbox for everything that other servers must be told: logout tokens, CIBA pings, and the kinds to come. A row is claimed by moving
-- its due time, removed when it is done, and expired in bounded steps when it gives up. `body` is sealed, and only its kind can open it.
CREATE TABLE outbox (
    id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    body TEXT,
    session_id BYTEA,
    account_id BYTEA,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    gives_up_at BIGINT NOT NULL,
    CONSTRAINT outbox_id PRIMARY KEY (id)
);

CREATE INDEX outbox_by_due_time ON outbox (kind, due_at);
CREATE INDEX outbox_by_end ON outbox (gives_up_at);

-- What is waiting goes along. SQL that runs on both databases cannot join two ids into one value, so logout tokens that were already on
-- their way keep their ids in columns and have no body; the program writes no such row. The last of them gives up 24 hours after this
-- migration: a later one drops the two columns.
INSERT INTO outbox (id, kind, recipient, session_id, account_id, attempts, due_at, gives_up_at)
    SELECT id, 'logout_token', client_id, session_id, account_id, attempts, due_at, expires_at FROM logout_deliveries;

INSERT INTO outbox (id, kind, recipient, body, attempts, due_at, gives_up_at)
    SELECT id, 'ping', client_id, sealed, attempts, due_at, expires_at FROM pings;

DROP TABLE logout_deliveries;
DROP TABLE pings;
