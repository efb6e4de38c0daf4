-- Which account a `sub` of ours is, for clients that ask for somebody at the back by it; and the pings on their way to them. What a ping
-- says is sealed: with it somebody else could fetch nothing, but could pretend to be us.
CREATE TABLE known_subjects (
    subject TEXT NOT NULL,
    account_id BYTEA NOT NULL,
    CONSTRAINT known_subjects_subject PRIMARY KEY (subject)
);

CREATE TABLE pings (
    id BYTEA NOT NULL,
    client_id TEXT NOT NULL,
    sealed TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT pings_id PRIMARY KEY (id)
);

CREATE INDEX pings_by_due_time ON pings (due_at);
CREATE INDEX pings_by_expiry ON pings (expires_at);
