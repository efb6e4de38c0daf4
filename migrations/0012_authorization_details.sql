-- What a grant allows object by object (RFC 9396), as JSON; NULL where nothing was asked for in this way.
ALTER TABLE grants ADD COLUMN details TEXT;
