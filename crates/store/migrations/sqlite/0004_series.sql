-- Bookings that recur, as they were asked for: local times on the clock of a zone, and a rule of RFC 5545.
CREATE TABLE series (
    id          BLOB    NOT NULL PRIMARY KEY,
    resource_id BLOB    NOT NULL,
    user_id     BLOB    NOT NULL,
    rule        TEXT    NOT NULL,
    starts_at   TEXT    NOT NULL,
    ends_at     TEXT    NOT NULL,
    time_zone   TEXT    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX series_user ON series (user_id, id);
