-- What every instance holds in memory: agencies, clients, signing keys. `revision` moves with each change to them.
CREATE TABLE agencies (
    slug TEXT NOT NULL,
    name_fa TEXT NOT NULL,
    name_en TEXT NOT NULL,
    CONSTRAINT agencies_slug PRIMARY KEY (slug)
);

CREATE TABLE clients (
    id TEXT NOT NULL,
    agency TEXT NOT NULL REFERENCES agencies (slug),
    client TEXT NOT NULL,
    CONSTRAINT clients_id PRIMARY KEY (id)
);

CREATE TABLE signing_keys (
    kid TEXT NOT NULL,
    alg TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    signs_from BIGINT NOT NULL,
    retired_at BIGINT,
    removed_at BIGINT,
    public_jwk TEXT NOT NULL,
    sealed_private TEXT NOT NULL,
    CONSTRAINT signing_keys_kid PRIMARY KEY (kid)
);

CREATE TABLE revision (
    id BIGINT NOT NULL,
    value BIGINT NOT NULL,
    CONSTRAINT revision_id PRIMARY KEY (id)
);

INSERT INTO revision (id, value) VALUES (1, 0);
