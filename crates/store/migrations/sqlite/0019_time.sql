-- Whoever was checked in has had the time when it has run out: from then on the booking is completed, and a job writes that down
-- as it does for all else that lapses.
UPDATE booking SET lapses_at = ends_at WHERE status = 'checked_in';

-- The rules of all time zones as they were when bookings were made by them last, in the form of RFC 9636.
CREATE TABLE zone_rules (
    name       TEXT NOT NULL PRIMARY KEY,
    version    TEXT NOT NULL,
    rules      BLOB NOT NULL
) STRICT;

-- What another version of these rules would have done to what was booked before. Nothing is moved by that.
CREATE TABLE zone_shift (
    booking_id     BLOB    NOT NULL PRIMARY KEY,
    from_version   TEXT    NOT NULL,
    to_version     TEXT    NOT NULL,
    time_zone      TEXT    NOT NULL,
    starts_at      INTEGER NOT NULL,
    ends_at        INTEGER NOT NULL,
    kept_starts_at INTEGER NOT NULL,
    kept_ends_at   INTEGER NOT NULL,
    noticed_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX zone_shift_start ON zone_shift (starts_at, booking_id);
