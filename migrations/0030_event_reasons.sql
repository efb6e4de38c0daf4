-- Why an event happened, and how often: what strangers can cause without end is one event for each network and minute, with a count.
ALTER TABLE events ADD COLUMN reason TEXT;
ALTER TABLE events ADD COLUMN times BIGINT NOT NULL DEFAULT 1;

-- Up to which place the events of a class of kinds were looked at for removal. Each class passes the log once, in its order.
CREATE TABLE event_retention (
    class TEXT NOT NULL,
    swept_to BIGINT NOT NULL,
    CONSTRAINT event_retention_class PRIMARY KEY (class)
);

INSERT INTO event_retention (class, swept_to) VALUES ('keep_identity', 0), ('keep_use', 0), ('keep_attempts', 0);
