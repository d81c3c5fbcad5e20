-- People can be erased, what happened to or by somebody is found, and the log can let go of an address.

ALTER TABLE account ADD COLUMN erased_at timestamptz;

-- Whose traces are being taken out; `done_at` is when the last of them was.
CREATE TABLE erasure (
    user_id  uuid        NOT NULL PRIMARY KEY REFERENCES account (id),
    asked_by uuid        NOT NULL,
    asked_at timestamptz NOT NULL,
    done_at  timestamptz
);
CREATE INDEX erasure_due ON erasure (asked_at, user_id) WHERE done_at IS NULL;
CREATE INDEX erasure_done ON erasure (done_at) WHERE done_at IS NOT NULL;

CREATE INDEX event_actor ON event (actor_id, id) WHERE actor_id IS NOT NULL;
CREATE INDEX event_user ON event (user_id, id) WHERE user_id IS NOT NULL;

-- Nothing is ever taken out of the log or changed in it, with one exception: while somebody is being erased, the
-- addresses from which that person acted are emptied. Whatever else an UPDATE would do is refused, also beside that.
DROP TRIGGER event_append_only ON event;
CREATE TRIGGER event_append_only BEFORE DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION event_append_only();

CREATE FUNCTION event_address_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.address IS NULL
        AND (NEW.id, NEW.at, NEW.action, NEW.actor_id, NEW.resource_id, NEW.booking_id, NEW.block_id, NEW.user_id,
            NEW.request_id)
        IS NOT DISTINCT FROM (OLD.id, OLD.at, OLD.action, OLD.actor_id, OLD.resource_id, OLD.booking_id,
            OLD.block_id, OLD.user_id, OLD.request_id)
        AND EXISTS (
            SELECT 1 FROM erasure
            WHERE erasure.user_id = coalesce(OLD.actor_id, OLD.user_id) AND erasure.done_at IS NULL
        )
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'append_only' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER event_append_only_update BEFORE UPDATE ON event
    FOR EACH ROW EXECUTE FUNCTION event_address_only();
