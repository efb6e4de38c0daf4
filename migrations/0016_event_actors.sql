-- Events say who acted, what exactly was done and from where, and get a place in one order (docs/adr/0005-order-of-events.md). `actor_id`
-- is the id of a citizen's account or of an officer, `actor_client` the id of a client. `network` is a /24 or a /48, never an address.
ALTER TABLE events ADD COLUMN actor TEXT NOT NULL DEFAULT 'system';
ALTER TABLE events ADD COLUMN actor_id BYTEA;
ALTER TABLE events ADD COLUMN actor_client TEXT;
ALTER TABLE events ADD COLUMN what BYTEA;
ALTER TABLE events ADD COLUMN network TEXT;
ALTER TABLE events ADD COLUMN browser TEXT;
ALTER TABLE events ADD COLUMN seq BIGINT;

UPDATE events SET actor = 'citizen', actor_id = account_id WHERE kind IN (
    'account_created', 'account_taken_over', 'signed_in', 'sign_in_failed', 'passkey_added', 'password_set', 'recovery_code_used',
    'consent_given', 'consent_refused', 'device_allowed', 'device_refused', 'ask_allowed', 'ask_refused', 'signed_out',
    'signed_out_everywhere'
);

UPDATE events SET actor = 'client', actor_client = client_id WHERE client_id IS NOT NULL AND kind IN (
    'tokens_issued', 'tokens_refreshed', 'code_replayed', 'refresh_token_replayed', 'token_exchanged', 'token_revoked', 'person_asked',
    'client_registered', 'client_changed', 'client_removed'
);

-- Partial, so that an event that is written on the hot path touches the second alone, which holds only what waits for its place.
CREATE UNIQUE INDEX events_in_order ON events (seq) WHERE seq IS NOT NULL;
CREATE INDEX events_without_place ON events (id) WHERE seq IS NULL;
