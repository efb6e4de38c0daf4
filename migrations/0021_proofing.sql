-- What people began who have to prove more: codes on their way by post, wrong answers until a right one, and claims that wait.
-- A letter is of a person, not of who asked for it: the code shows who reads the letters at the address of record. At most one a period.
CREATE TABLE letters (
    national_id TEXT NOT NULL,
    period BIGINT NOT NULL,
    code TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT letters_national_id_period PRIMARY KEY (national_id, period)
);

CREATE INDEX letters_by_expiry ON letters (expires_at);

-- `lane` is a hash of what was guessed at and by whom. A row ends with the right answer, or a year after the last wrong one.
CREATE TABLE proof_misses (
    lane BYTEA NOT NULL,
    misses BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    CONSTRAINT proof_misses_lane PRIMARY KEY (lane)
);

CREATE INDEX proof_misses_by_time ON proof_misses (last_at);

-- A person with equal evidence waits for an account in their name. `claimant` is a hash of the person and the telephone.
CREATE TABLE account_claims (
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    claimant BYTEA NOT NULL,
    began_at BIGINT NOT NULL,
    matures_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    objected_at BIGINT,
    CONSTRAINT account_claims_account_id_claimant PRIMARY KEY (account_id, claimant)
);

CREATE INDEX account_claims_by_expiry ON account_claims (expires_at);
