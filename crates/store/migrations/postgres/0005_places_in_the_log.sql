-- The log says which site or area a line is about.
ALTER TABLE event ADD COLUMN site_id uuid;
ALTER TABLE event ADD COLUMN area_id uuid;
