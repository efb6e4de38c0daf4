-- Verified persons who can sign in, and what they sign in with. Times are milliseconds since 1970-01-01T00:00:00Z.
CREATE TABLE accounts (
    id BYTEA NOT NULL,
    national_id TEXT NOT NULL,
    person TEXT NOT NULL,
    mobile TEXT NOT NULL,
    mobile_verified_at BIGINT NOT NULL,
    assurance TEXT NOT NULL,
    proofed_at BIGINT NOT NULL,
    status TEXT NOT NULL,
    sessions_valid_from BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT accounts_id PRIMARY KEY (id),
    CONSTRAINT accounts_national_id UNIQUE (national_id)
);

CREATE TABLE passwords (
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    phc TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    CONSTRAINT passwords_account_id PRIMARY KEY (account_id)
);

CREATE TABLE passkeys (
    credential_id BYTEA NOT NULL,
    id BYTEA NOT NULL,
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    credential TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    CONSTRAINT passkeys_credential_id PRIMARY KEY (credential_id)
);

CREATE INDEX passkeys_of_account ON passkeys (account_id);

CREATE TABLE recovery_codes (
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    code_hash BYTEA NOT NULL,
    used_at BIGINT,
    CONSTRAINT recovery_codes_account_id_code_hash PRIMARY KEY (account_id, code_hash)
);
