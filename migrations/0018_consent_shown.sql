-- What a consent page showed of the client: SHA-256 over its name, its owner and the hosts of its redirect URIs. A consent holds for that
-- client. NULL for consents of before: they hold for a client that an operator declared, and not for one that registered itself, because
-- such a client could have changed since.
ALTER TABLE consents ADD COLUMN shown BYTEA;
