-- The log says which site or area a line is about.
ALTER TABLE event ADD COLUMN site_id BLOB;
ALTER TABLE event ADD COLUMN area_id BLOB;
