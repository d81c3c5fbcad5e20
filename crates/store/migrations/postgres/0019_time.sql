-- Whoever was checked in has had the time when it has run out: from then on the booking is completed, and a job writes that down
-- as it does for all else that lapses.
UPDATE booking SET lapses_at = ends_at WHERE status = 'checked_in';

-- The rules of all time zones as they were when bookings were made by them last, in the form of RFC 9636.
CREATE TABLE zone_rules (
    name       text  NOT NULL PRIMARY KEY,
    version    text  NOT NULL,
    rules      bytea NOT NULL
);

-- What another version of these rules would have done to what was booked before. Nothing is moved by that.
CREATE TABLE zone_shift (
    booking_id     uuid        NOT NULL PRIMARY KEY,
    from_version   text        NOT NULL,
    to_version     text        NOT NULL,
    time_zone      text        NOT NULL,
    starts_at      timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    kept_starts_at timestamptz NOT NULL,
    kept_ends_at   timestamptz NOT NULL,
    noticed_at     timestamptz NOT NULL
);
CREATE INDEX zone_shift_start ON zone_shift (starts_at, booking_id);
