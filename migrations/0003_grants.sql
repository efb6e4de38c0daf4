-- Consents, the grants that sign-ins make, and refresh tokens (kept as SHA-256). No foreign keys here: these rows are written
-- on the hot path and expired in bounded steps.
CREATE TABLE consents (
    account_id BYTEA NOT NULL,
    client_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    CONSTRAINT consents_account_id_client_id PRIMARY KEY (account_id, client_id)
);

CREATE TABLE grants (
    id BYTEA NOT NULL,
    account_id BYTEA NOT NULL,
    client_id TEXT NOT NULL,
    session_id BYTEA NOT NULL,
    scopes TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    methods TEXT NOT NULL,
    acr TEXT NOT NULL,
    nonce TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    CONSTRAINT grants_id PRIMARY KEY (id)
);

CREATE INDEX grants_of_session ON grants (session_id);
CREATE INDEX grants_by_expiry ON grants (expires_at);

CREATE TABLE refresh_tokens (
    token_hash BYTEA NOT NULL,
    grant_id BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    CONSTRAINT refresh_tokens_token_hash PRIMARY KEY (token_hash)
);

CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);
