-- What a line of the log says of a booking beyond what happened to it: from where to where it went, and which rules were set aside, why.
-- What people type is never in the log, because nothing is ever changed there; the reason stands here, where it can be forgotten with the
-- booking.
CREATE TABLE event_detail (
    event_id         uuid NOT NULL PRIMARY KEY,
    booking_id       uuid NOT NULL,
    from_resource_id uuid,
    from_starts_at   timestamptz,
    from_ends_at     timestamptz,
    to_resource_id   uuid,
    to_starts_at     timestamptz,
    to_ends_at       timestamptz,
    rules            text,
    reason           text
);
CREATE INDEX event_detail_reason ON event_detail (booking_id) WHERE reason IS NOT NULL;

CREATE TRIGGER event_detail_append_only BEFORE DELETE OR TRUNCATE ON event_detail
    FOR EACH STATEMENT EXECUTE FUNCTION event_append_only();

CREATE FUNCTION event_detail_reason_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reason = 'erased' AND OLD.reason IS NOT NULL
        AND (NEW.event_id, NEW.booking_id, NEW.from_resource_id, NEW.from_starts_at, NEW.from_ends_at,
            NEW.to_resource_id, NEW.to_starts_at, NEW.to_ends_at, NEW.rules)
        IS NOT DISTINCT FROM (OLD.event_id, OLD.booking_id, OLD.from_resource_id, OLD.from_starts_at,
            OLD.from_ends_at, OLD.to_resource_id, OLD.to_starts_at, OLD.to_ends_at, OLD.rules)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'append_only' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER event_detail_append_only_update BEFORE UPDATE ON event_detail
    FOR EACH ROW EXECUTE FUNCTION event_detail_reason_only();

-- Times that were taken out of a series and added to it, as they were asked for: local times, or instants that end in Z.
ALTER TABLE series ADD COLUMN exdates text;
ALTER TABLE series ADD COLUMN rdates text;
