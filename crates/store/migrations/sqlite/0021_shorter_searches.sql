-- Whose site a booking is counted at, so that who starts there when is one search and not one for each of its tables. It is that of
-- its resource; what was over for a day when a resource went elsewhere stays where it was.
ALTER TABLE booking ADD COLUMN site_id BLOB;
UPDATE booking SET site_id = (SELECT resource.site_id FROM resource WHERE resource.id = booking.resource_id);
CREATE INDEX booking_site ON booking (site_id, starts_at, id) WHERE site_id IS NOT NULL;

-- The numbers that units have, up to the most that a resource may have: to go through those of one. PostgreSQL counts by itself.
CREATE TABLE unit (number INTEGER NOT NULL PRIMARY KEY) STRICT;
INSERT INTO unit (number)
    WITH RECURSIVE counted (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM counted WHERE number < 1000)
    SELECT number FROM counted;
