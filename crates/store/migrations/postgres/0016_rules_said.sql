-- The log says which rules a site, an area or a resource had from then on: earlier versions of them. A set that says nothing has
-- the id that is all zeros.
ALTER TABLE event ADD COLUMN rules_id uuid;
CREATE INDEX event_rules_site ON event (site_id, id) WHERE rules_id IS NOT NULL AND area_id IS NULL;
CREATE INDEX event_rules_area ON event (area_id, id) WHERE rules_id IS NOT NULL;
CREATE INDEX event_rules_resource ON event (resource_id, id) WHERE rules_id IS NOT NULL;
