-- What a line of the log says of a booking beyond what happened to it: from where to where it went, and which rules were set aside, why.
-- What people type is never in the log, because nothing is ever changed there; the reason stands here, where it can be forgotten with the
-- booking.
CREATE TABLE event_detail (
    event_id         BLOB NOT NULL PRIMARY KEY,
    booking_id       BLOB NOT NULL,
    from_resource_id BLOB,
    from_starts_at   INTEGER,
    from_ends_at     INTEGER,
    to_resource_id   BLOB,
    to_starts_at     INTEGER,
    to_ends_at       INTEGER,
    rules            TEXT,
    reason           TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX event_detail_reason ON event_detail (booking_id) WHERE reason IS NOT NULL;

CREATE TRIGGER event_detail_append_only_delete BEFORE DELETE ON event_detail
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
CREATE TRIGGER event_detail_append_only_update BEFORE UPDATE ON event_detail
WHEN NOT (
    NEW.reason = 'erased' AND OLD.reason IS NOT NULL
    AND NEW.event_id = OLD.event_id AND NEW.booking_id = OLD.booking_id
    AND NEW.from_resource_id IS OLD.from_resource_id AND NEW.from_starts_at IS OLD.from_starts_at
    AND NEW.from_ends_at IS OLD.from_ends_at AND NEW.to_resource_id IS OLD.to_resource_id
    AND NEW.to_starts_at IS OLD.to_starts_at AND NEW.to_ends_at IS OLD.to_ends_at AND NEW.rules IS OLD.rules
)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;

-- Times that were taken out of a series and added to it, as they were asked for: local times, or instants that end in Z.
ALTER TABLE series ADD COLUMN exdates TEXT;
ALTER TABLE series ADD COLUMN rdates TEXT;
