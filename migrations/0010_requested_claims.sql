-- The `claims` parameter (OpenID Connect Core 5.5): what a grant delivers besides its scopes, and which single claims were allowed. Both
-- are NULL where nothing was asked for in this way.
ALTER TABLE grants ADD COLUMN claims TEXT;

ALTER TABLE consents ADD COLUMN claims TEXT;
