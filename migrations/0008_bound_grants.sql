-- The key that the refresh tokens of a public client are bound to (RFC 9449 §5): the thumbprint of its public half.
ALTER TABLE grants ADD COLUMN jkt TEXT;
