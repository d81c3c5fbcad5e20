-- Links with which somebody gives an account a password once: one for an account, of which a hash stands here.
CREATE TABLE password_link (
    user_id    uuid NOT NULL PRIMARY KEY REFERENCES account (id),
    secret     bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX password_link_secret ON password_link (secret);
CREATE INDEX password_link_expires ON password_link (expires_at);

-- What was said when a booking was rejected or cancelled.
ALTER TABLE booking ADD COLUMN closed_reason text;

-- Lines of the log that are about no booking, unlike most: what is rare is found among few. Bookings cost no write more. (The column leads, so
-- that this is what SQLite takes, and not the key.)
CREATE INDEX event_no_booking ON event (booking_id, id) WHERE booking_id IS NULL;
