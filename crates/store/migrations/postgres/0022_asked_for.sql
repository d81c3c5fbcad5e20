-- What of that which a booking holds beside its resource was booked along: who manages such a place sees the booking, and who manages
-- a mere part of something does not.
ALTER TABLE share ADD COLUMN asked boolean NOT NULL DEFAULT false;
UPDATE share SET asked = true WHERE EXISTS (
    SELECT 1 FROM booking CROSS JOIN LATERAL jsonb_array_elements(booking.shares::jsonb) AS held (it)
    WHERE booking.id = share.holder_id AND (held.it ->> 'asked')::boolean
        AND (held.it ->> 'resource_id')::uuid = share.resource_id
);
