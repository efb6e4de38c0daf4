-- Which clients with a logout address hold a sign-in out of which session, and the logout tokens on their way to them. Taken and
-- claimed by one statement each, expired in bounded steps.
CREATE TABLE session_clients (
    session_id BYTEA NOT NULL,
    client_id TEXT NOT NULL,
    account_id BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT session_clients_session_id_client_id PRIMARY KEY (session_id, client_id)
);

CREATE INDEX session_clients_of_account ON session_clients (account_id);
CREATE INDEX session_clients_by_expiry ON session_clients (expires_at);

CREATE TABLE logout_deliveries (
    id BYTEA NOT NULL,
    session_id BYTEA NOT NULL,
    client_id TEXT NOT NULL,
    account_id BYTEA NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT logout_deliveries_id PRIMARY KEY (id)
);

CREATE INDEX logout_deliveries_by_due_time ON logout_deliveries (due_at);
CREATE INDEX logout_deliveries_by_expiry ON logout_deliveries (expires_at);
