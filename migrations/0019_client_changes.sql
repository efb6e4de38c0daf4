-- Which client each revision changed: an instance reads these clients again and not all of them. A revision without a row changed something else.
CREATE TABLE client_changes (
    number BIGINT NOT NULL,
    client TEXT NOT NULL,
    CONSTRAINT client_changes_number PRIMARY KEY (number)
);

-- When a registration ends that was never used. Empty for every other client.
ALTER TABLE clients ADD COLUMN expires_at BIGINT;

CREATE INDEX clients_by_expiry ON clients (expires_at);
