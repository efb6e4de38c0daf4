-- Short-lived state of the embedded backend. `uses` counts takes of a value, claims of a name, or hits of a limit.
CREATE TABLE transient (
    key BYTEA NOT NULL,
    value BYTEA,
    uses BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT transient_key PRIMARY KEY (key)
);

CREATE INDEX transient_by_expiry ON transient (expires_at);
