-- The resources that a grant's tokens are for (RFC 8707), separated by spaces; none where they are for UserInfo alone.
ALTER TABLE grants ADD COLUMN resources TEXT;
