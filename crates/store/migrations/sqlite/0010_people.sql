-- Guests without an account, and who takes part, in JSON; NULL where there is nobody.
ALTER TABLE booking ADD COLUMN people TEXT;

-- Those with accounts who take part, by whom a booking is found. It repeats what `booking.people` says and is written with it.
CREATE TABLE participant (
    booking_id BLOB NOT NULL,
    user_id    BLOB NOT NULL,
    PRIMARY KEY (booking_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX participant_user ON participant (user_id, booking_id);
