-- What changed rules of time zones would have done to blocked time is told too, so what is told of is a booking or a block.
ALTER TABLE zone_shift RENAME COLUMN booking_id TO holder_id;
