-- Bookings that recur, as they were asked for: local times on the clock of a zone, and a rule of RFC 5545.
CREATE TABLE series (
    id          uuid        NOT NULL PRIMARY KEY,
    resource_id uuid        NOT NULL,
    user_id     uuid        NOT NULL,
    rule        text        NOT NULL,
    starts_at   text        NOT NULL,
    ends_at     text        NOT NULL,
    time_zone   text        NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE INDEX series_user ON series (user_id, id);
