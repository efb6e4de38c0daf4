-- Initial access tokens of client registration (RFC 7591 3), kept as SHA-256: each can be listed and revoked by itself.
CREATE TABLE registration_tokens (
    id TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    note TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    clients BIGINT NOT NULL,
    CONSTRAINT registration_tokens_id PRIMARY KEY (id),
    CONSTRAINT registration_tokens_token_hash UNIQUE (token_hash)
);
