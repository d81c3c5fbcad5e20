-- Sites and areas with their managers, sets of rules, and what bookings need to keep to them: buffers, a time when
-- they lapse, and the states that come of that.

-- A set of rules never changes: its id is a hash of its body, and a change makes another set.
CREATE TABLE rule_set (
    id          BLOB    NOT NULL PRIMARY KEY,
    body        TEXT    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE site (
    id          BLOB    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    slug        TEXT    NOT NULL,
    address     TEXT,
    time_zone   TEXT    NOT NULL,
    locale      TEXT    NOT NULL,
    rules_id    BLOB REFERENCES rule_set (id),
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    deleted_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX site_slug ON site (slug) WHERE deleted_at IS NULL;

CREATE TABLE area (
    id          BLOB    NOT NULL PRIMARY KEY,
    site_id     BLOB    NOT NULL REFERENCES site (id),
    parent_id   BLOB REFERENCES area (id),
    name        TEXT    NOT NULL,
    position    INTEGER NOT NULL,
    rules_id    BLOB REFERENCES rule_set (id),
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    deleted_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX area_site ON area (site_id, position, id);

CREATE TABLE site_manager (
    site_id     BLOB    NOT NULL REFERENCES site (id),
    user_id     BLOB    NOT NULL REFERENCES account (id),
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (site_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX site_manager_user ON site_manager (user_id);

-- `rules_id` is what the resource says of its own, `in_force_id` what is in force with its area's and site's rules.
ALTER TABLE resource ADD COLUMN site_id BLOB REFERENCES site (id);
ALTER TABLE resource ADD COLUMN area_id BLOB REFERENCES area (id);
ALTER TABLE resource ADD COLUMN rules_id BLOB REFERENCES rule_set (id);
ALTER TABLE resource ADD COLUMN in_force_id BLOB REFERENCES rule_set (id);
-- On an empty table PostgreSQL takes any index whose condition the question implies, and keeps to it.
DROP INDEX resource_kind;
CREATE INDEX resource_kind ON resource (kind, id) WHERE kind IS NOT NULL;
CREATE INDEX resource_site ON resource (site_id, id) WHERE site_id IS NOT NULL;

-- A table of its own, because a CHECK can't be changed.
CREATE TABLE booking_next (
    id              BLOB    NOT NULL PRIMARY KEY,
    resource_id     BLOB    NOT NULL,
    user_id         BLOB    NOT NULL,
    starts_at       INTEGER NOT NULL,
    ends_at         INTEGER NOT NULL,
    quantity        INTEGER NOT NULL CHECK (quantity >= 1),
    title           TEXT,
    notes           TEXT,
    party_size      INTEGER CHECK (party_size >= 1),
    status          TEXT    NOT NULL CHECK (status IN ('pending', 'confirmed', 'rejected', 'cancelled', 'held',
        'checked_in', 'completed', 'no_show', 'expired')),
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    lapses_at       INTEGER,
    buffer_before_s INTEGER NOT NULL DEFAULT 0 CHECK (buffer_before_s >= 0),
    buffer_after_s  INTEGER NOT NULL DEFAULT 0 CHECK (buffer_after_s >= 0),
    override_reason TEXT,
    made_by         BLOB,
    series_id       BLOB,
    CHECK (starts_at < ends_at)
) STRICT, WITHOUT ROWID;
INSERT INTO booking_next (id, resource_id, user_id, starts_at, ends_at, quantity, title, notes, party_size, status,
    version, created_at, updated_at)
SELECT id, resource_id, user_id, starts_at, ends_at, quantity, title, notes, party_size, status, version, created_at,
    updated_at
FROM booking;
DROP TABLE booking;
ALTER TABLE booking_next RENAME TO booking;
CREATE INDEX booking_resource ON booking (resource_id, starts_at, id);
CREATE INDEX booking_user ON booking (user_id, starts_at, id);
CREATE INDEX booking_time ON booking (starts_at, id);
CREATE INDEX booking_pending ON booking (starts_at, id) WHERE status = 'pending';
CREATE INDEX booking_lapse ON booking (lapses_at, id) WHERE lapses_at IS NOT NULL;
CREATE INDEX booking_series ON booking (series_id, starts_at, id) WHERE series_id IS NOT NULL;

-- From then on the claim stands in nobody's way, though it may still be there.
ALTER TABLE claim ADD COLUMN lapses_at INTEGER;
