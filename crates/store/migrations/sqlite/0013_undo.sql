-- How the last check-in, end or no-show of a booking is taken back, in JSON; NULL where its last step was none of these.
ALTER TABLE booking ADD COLUMN undo TEXT;
