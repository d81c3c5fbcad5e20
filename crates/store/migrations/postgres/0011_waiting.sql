-- The waiting list: who would have what within which time. What an entry is offered is a booking of the same id, so none is
-- offered anything twice, and where it stands is where that booking stands.
CREATE TABLE waiting (
    id         uuid NOT NULL PRIMARY KEY,
    user_id    uuid NOT NULL,
    made_by    uuid,
    from_at    timestamptz NOT NULL,
    to_at      timestamptz NOT NULL,
    minutes    int CHECK (minutes >= 1),
    quantity   int NOT NULL CHECK (quantity >= 1),
    party_size int CHECK (party_size >= 1),
    title      text,
    notes      text,
    people     text,
    -- What would do, in JSON.
    resources  text NOT NULL,
    created_at timestamptz NOT NULL,
    -- When something was offered, or when whoever waited left. Both are empty as long as the entry waits.
    offered_at timestamptz,
    left_at    timestamptz,
    CHECK (from_at < to_at)
);
CREATE INDEX waiting_user ON waiting (user_id, id);
CREATE INDEX waiting_to ON waiting (to_at);

-- What is waited for, as long as it is.
CREATE TABLE waiting_for (
    resource_id uuid NOT NULL,
    waiting_id  uuid NOT NULL REFERENCES waiting (id) ON DELETE CASCADE,
    PRIMARY KEY (resource_id, waiting_id)
);
CREATE INDEX waiting_for_waiting ON waiting_for (waiting_id);
