-- Floor plans, one for each area and one for each site itself: what is drawn is JSON, since nothing is asked of it in SQL.
CREATE TABLE floor_plan (
    -- The area, or the site whose own it is.
    place_id    uuid        NOT NULL PRIMARY KEY,
    site_id     uuid        NOT NULL REFERENCES site (id),
    body        text        NOT NULL,
    picture_id  uuid,
    version     bigint      NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE INDEX floor_plan_picture ON floor_plan (picture_id) WHERE picture_id IS NOT NULL;
