-- What of that which a booking holds beside its resource was booked along: who manages such a place sees the booking, and who manages
-- a mere part of something does not.
ALTER TABLE share ADD COLUMN asked INTEGER NOT NULL DEFAULT 0 CHECK (asked IN (0, 1));
UPDATE share SET asked = 1 WHERE EXISTS (
    SELECT 1 FROM booking JOIN json_each(booking.shares) AS held
    WHERE booking.id = share.holder_id AND json_extract(held.value, '$.asked')
        AND replace(json_extract(held.value, '$.resource_id'), '-', '') = lower(hex(share.resource_id))
);
