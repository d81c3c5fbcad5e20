-- Floor plans, one for each area and one for each site itself: what is drawn is JSON, since nothing is asked of it in SQL.
CREATE TABLE floor_plan (
    -- The area, or the site whose own it is.
    place_id    BLOB    NOT NULL PRIMARY KEY,
    site_id     BLOB    NOT NULL REFERENCES site (id),
    body        TEXT    NOT NULL,
    picture_id  BLOB,
    version     INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX floor_plan_picture ON floor_plan (picture_id) WHERE picture_id IS NOT NULL;
