-- The waiting list: who would have what within which time. What an entry is offered is a booking of the same id, so none is
-- offered anything twice, and where it stands is where that booking stands.
CREATE TABLE waiting (
    id         BLOB NOT NULL PRIMARY KEY,
    user_id    BLOB NOT NULL,
    made_by    BLOB,
    from_at    INTEGER NOT NULL,
    to_at      INTEGER NOT NULL,
    minutes    INTEGER CHECK (minutes >= 1),
    quantity   INTEGER NOT NULL CHECK (quantity >= 1),
    party_size INTEGER CHECK (party_size >= 1),
    title      TEXT,
    notes      TEXT,
    people     TEXT,
    -- What would do, in JSON.
    resources  TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- When something was offered, or when whoever waited left. Both are empty as long as the entry waits.
    offered_at INTEGER,
    left_at    INTEGER,
    CHECK (from_at < to_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_user ON waiting (user_id, id);
CREATE INDEX waiting_to ON waiting (to_at);

-- What is waited for, as long as it is.
CREATE TABLE waiting_for (
    resource_id BLOB NOT NULL,
    waiting_id  BLOB NOT NULL REFERENCES waiting (id) ON DELETE CASCADE,
    PRIMARY KEY (resource_id, waiting_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_for_waiting ON waiting_for (waiting_id);
