-- What became of each text message: `id` is that of its row in the outbox, which holds the sealed text and is removed when a provider accepted
-- it. Nothing here is personal: no number, no text, no account. `parts_waiting` counts the parts whose receipt has not arrived.
CREATE TABLE messages (
    id BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL,
    provider TEXT,
    parts_waiting BIGINT NOT NULL,
    gives_up_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT messages_id PRIMARY KEY (id)
);

CREATE INDEX messages_by_end ON messages (expires_at);

-- The ids that a provider gave to the parts of a message: its receipts name them.
CREATE TABLE message_parts (
    provider TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    message_id BYTEA NOT NULL,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT message_parts_id PRIMARY KEY (provider, provider_id)
);

CREATE INDEX message_parts_by_end ON message_parts (expires_at);
