-- What the identity level of an account rests on. `source` is the registry, the service or the officer; `sealed` has the transaction id,
-- the as-of time and the signed answer. The level stays on the account row, computed when evidence is written.
CREATE TABLE evidence (
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    source TEXT NOT NULL,
    sealed TEXT,
    CONSTRAINT evidence_account_id_kind_at PRIMARY KEY (account_id, kind, at)
);

ALTER TABLE accounts ADD COLUMN number_owner TEXT NOT NULL DEFAULT 'unvouched';

-- The program before gave an account the level "substantial" where the registry said that the number is the person's, and gave no account
-- a higher level.
UPDATE accounts SET number_owner = 'vouched' WHERE assurance = 'substantial';
UPDATE accounts SET assurance = 'low' WHERE assurance NOT IN ('low', 'substantial');

INSERT INTO evidence (account_id, kind, at, source)
    SELECT id, 'registry_match', proofed_at, 'account made before evidence was kept' FROM accounts;

INSERT INTO evidence (account_id, kind, at, source)
    SELECT id, 'owned_number', proofed_at, 'account made before evidence was kept' FROM accounts WHERE assurance = 'substantial';

-- The lowest accepted level is "substantial" from now on, unless an agency file says "low": files that do have to be applied again.
UPDATE clients SET client = REPLACE(client, '"min_acr":"low"', '"min_acr":"substantial"');
