-- Whose site a booking is counted at, so that who starts there when is one search and not one for each of its tables. It is that of
-- its resource; what was over for a day when a resource went elsewhere stays where it was.
ALTER TABLE booking ADD COLUMN site_id uuid;
UPDATE booking SET site_id = (SELECT resource.site_id FROM resource WHERE resource.id = booking.resource_id);
CREATE INDEX booking_site ON booking (site_id, starts_at, id) WHERE site_id IS NOT NULL;
