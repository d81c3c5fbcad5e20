-- Resources that are made of others, and bookings and blocks that hold more than one resource. The columns are what is read; the
-- tables are for looking the other way.
ALTER TABLE resource ADD COLUMN parts TEXT;
ALTER TABLE booking ADD COLUMN shares TEXT;
ALTER TABLE block ADD COLUMN parts TEXT;

CREATE TABLE resource_part (
    part_id  BLOB NOT NULL,
    whole_id BLOB NOT NULL,
    PRIMARY KEY (part_id, whole_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_part_whole ON resource_part (whole_id);

-- What a booking or a block, its holder, holds beside its resource.
CREATE TABLE share (
    holder_id   BLOB    NOT NULL,
    resource_id BLOB    NOT NULL,
    quantity    INTEGER NOT NULL CHECK (quantity >= 1),
    PRIMARY KEY (holder_id, resource_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX share_resource ON share (resource_id, holder_id);
