-- People can be erased, what happened to or by somebody is found, and the log can let go of an address.

ALTER TABLE account ADD COLUMN erased_at INTEGER;

-- Whose traces are being taken out; `done_at` is when the last of them was.
CREATE TABLE erasure (
    user_id  BLOB    NOT NULL PRIMARY KEY REFERENCES account (id),
    asked_by BLOB    NOT NULL,
    asked_at INTEGER NOT NULL,
    done_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX erasure_due ON erasure (asked_at, user_id) WHERE done_at IS NULL;
CREATE INDEX erasure_done ON erasure (done_at) WHERE done_at IS NOT NULL;

CREATE INDEX event_actor ON event (actor_id, id) WHERE actor_id IS NOT NULL;
CREATE INDEX event_user ON event (user_id, id) WHERE user_id IS NOT NULL;

-- Nothing is ever taken out of the log or changed in it, with one exception: while somebody is being erased, the
-- addresses from which that person acted are emptied. Whatever else an UPDATE would do is refused, also beside that.
DROP TRIGGER event_append_only_update;
CREATE TRIGGER event_append_only_update BEFORE UPDATE ON event
WHEN NOT (
    NEW.address IS NULL
    AND NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.action = OLD.action AND NEW.actor_id IS OLD.actor_id
    AND NEW.resource_id IS OLD.resource_id AND NEW.booking_id IS OLD.booking_id AND NEW.block_id IS OLD.block_id
    AND NEW.user_id IS OLD.user_id AND NEW.request_id IS OLD.request_id
    AND EXISTS (
        SELECT 1 FROM erasure
        WHERE erasure.user_id = coalesce(OLD.actor_id, OLD.user_id) AND erasure.done_at IS NULL
    )
)
BEGIN
    SELECT RAISE(ABORT, 'append_only');
END;
