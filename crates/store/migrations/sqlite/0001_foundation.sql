-- The first schema: accounts and sessions, resources, claims with their one invariant, bookings, blocks, the log.
-- Times are microseconds since 1970 (UTC), ids are 16 bytes. `booking`, `claim` and `event` carry no foreign keys:
-- what they point to is never deleted, each key would cost a seek per row, and `bronya check` finds orphans.

CREATE TABLE account (
    id            BLOB    NOT NULL PRIMARY KEY,
    username      TEXT    NOT NULL,
    username_key  TEXT    NOT NULL,
    email         TEXT,
    display_name  TEXT,
    role          TEXT    NOT NULL CHECK (role IN ('user', 'admin')),
    password_hash TEXT    NOT NULL,
    disabled_at   INTEGER,
    version       INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX account_username ON account (username_key);
CREATE INDEX account_admin ON account (id) WHERE role = 'admin';

CREATE TABLE session (
    id         BLOB    NOT NULL PRIMARY KEY,
    user_id    BLOB    NOT NULL REFERENCES account (id),
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    address    TEXT,
    user_agent TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (user_id);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE refresh_token (
    hash       BLOB    NOT NULL PRIMARY KEY,
    session_id BLOB    NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_token_session ON refresh_token (session_id);
CREATE INDEX refresh_token_expiry ON refresh_token (expires_at);

CREATE TABLE resource (
    id                 BLOB    NOT NULL PRIMARY KEY,
    name               TEXT    NOT NULL,
    kind               TEXT,
    description        TEXT,
    capacity           INTEGER CHECK (capacity >= 1),
    quantity           INTEGER NOT NULL CHECK (quantity >= 1),
    time_zone          TEXT    NOT NULL,
    requires_approval  INTEGER NOT NULL CHECK (requires_approval IN (0, 1)),
    search             TEXT    NOT NULL,
    version            INTEGER NOT NULL,
    revision           INTEGER NOT NULL,
    booking_longest_us INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    deleted_at         INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_kind ON resource (kind) WHERE deleted_at IS NULL;

CREATE TABLE resource_manager (
    resource_id BLOB    NOT NULL REFERENCES resource (id),
    user_id     BLOB    NOT NULL REFERENCES account (id),
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (resource_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_manager_user ON resource_manager (user_id);

CREATE TABLE booking (
    id          BLOB    NOT NULL PRIMARY KEY,
    resource_id BLOB    NOT NULL,
    user_id     BLOB    NOT NULL,
    starts_at   INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL,
    quantity    INTEGER NOT NULL CHECK (quantity >= 1),
    title       TEXT,
    notes       TEXT,
    party_size  INTEGER CHECK (party_size >= 1),
    status      TEXT    NOT NULL CHECK (status IN ('pending', 'confirmed', 'rejected', 'cancelled')),
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    CHECK (starts_at < ends_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX booking_resource ON booking (resource_id, starts_at, id);
CREATE INDEX booking_user ON booking (user_id, starts_at, id);
CREATE INDEX booking_time ON booking (starts_at, id);
CREATE INDEX booking_pending ON booking (starts_at, id) WHERE status = 'pending';

CREATE TABLE block (
    id          BLOB    NOT NULL PRIMARY KEY,
    resource_id BLOB    NOT NULL,
    starts_at   INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL,
    reason      TEXT,
    created_by  BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    CHECK (starts_at < ends_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX block_resource ON block (resource_id, starts_at, id);
CREATE INDEX block_time ON block (starts_at, id);

-- One row: this unit of this resource is taken for [starts_at, ends_at).
CREATE TABLE claim (
    resource_id BLOB    NOT NULL,
    unit        INTEGER NOT NULL CHECK (unit >= 1),
    starts_at   INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL,
    booking_id  BLOB,
    block_id    BLOB,
    PRIMARY KEY (resource_id, unit, starts_at),
    CHECK (starts_at < ends_at),
    CHECK ((booking_id IS NULL) <> (block_id IS NULL))
) STRICT, WITHOUT ROWID;

-- no_overlap: on one unit claims never overlap, so only the last one that starts before the new end can collide.
CREATE TRIGGER claim_no_overlap_insert BEFORE INSERT ON claim
WHEN (
    SELECT standing.ends_at FROM claim AS standing
    WHERE standing.resource_id = NEW.resource_id AND standing.unit = NEW.unit AND standing.starts_at < NEW.ends_at
    ORDER BY standing.starts_at DESC LIMIT 1
) > NEW.starts_at
BEGIN
    SELECT RAISE(ABORT, 'no_overlap');
END;

CREATE TRIGGER claim_no_overlap_update BEFORE UPDATE ON claim
WHEN (
    SELECT standing.ends_at FROM claim AS standing
    WHERE standing.resource_id = NEW.resource_id AND standing.unit = NEW.unit AND standing.starts_at < NEW.ends_at
        AND NOT (standing.resource_id = OLD.resource_id AND standing.unit = OLD.unit
            AND standing.starts_at = OLD.starts_at)
    ORDER BY standing.starts_at DESC LIMIT 1
) > NEW.starts_at
BEGIN
    SELECT RAISE(ABORT, 'no_overlap');
END;

-- What happened, in the order of its ids. Nothing is ever taken out or changed.
CREATE TABLE event (
    id          BLOB    NOT NULL PRIMARY KEY,
    at          INTEGER NOT NULL,
    action      TEXT    NOT NULL,
    actor_id    BLOB,
    resource_id BLOB,
    booking_id  BLOB,
    block_id    BLOB,
    user_id     BLOB,
    request_id  BLOB,
    address     TEXT
) STRICT, WITHOUT ROWID;

CREATE TRIGGER event_append_only_update BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;

CREATE TRIGGER event_append_only_delete BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;

CREATE TABLE idempotency (
    user_id     BLOB    NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL,
    status      INTEGER NOT NULL,
    location    TEXT,
    etag        TEXT,
    body        TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created_at);

-- One row a limited thing: the theoretical arrival time of the generic cell rate algorithm.
CREATE TABLE rate_limit (
    key        TEXT    NOT NULL PRIMARY KEY,
    arrival_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX rate_limit_age ON rate_limit (arrival_at);

CREATE TABLE signing_key (
    kid        TEXT    NOT NULL PRIMARY KEY,
    secret     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT, WITHOUT ROWID;

-- At most one row: the link with which the first administrator is made.
CREATE TABLE setup_link (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    token_hash BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which server does a job that one server at a time should do.
CREATE TABLE lease (
    name   TEXT    NOT NULL PRIMARY KEY,
    holder BLOB    NOT NULL,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
