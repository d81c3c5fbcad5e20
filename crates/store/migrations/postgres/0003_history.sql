-- What happened to one booking is found without looking through everything that happened.
CREATE INDEX event_booking ON event (booking_id, id) WHERE booking_id IS NOT NULL;
