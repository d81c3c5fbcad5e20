-- The first schema: accounts and sessions, resources, claims with their one invariant, bookings, blocks, the log.
-- `booking`, `claim` and `event` carry no foreign keys: what they point to is never deleted, each key would cost a
-- seek per row, and `bronya check` finds orphans.

CREATE TABLE account (
    id                 uuid        NOT NULL PRIMARY KEY,
    username           text        NOT NULL,
    username_key       text        NOT NULL,
    email              text,
    display_name       text,
    role               text        NOT NULL CHECK (role IN ('user', 'admin')),
    password_hash      text        NOT NULL,
    disabled_at        timestamptz,
    version            bigint      NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL
);
CREATE UNIQUE INDEX account_username ON account (username_key);
CREATE INDEX account_admin ON account (id) WHERE role = 'admin';

CREATE TABLE session (
    id                 uuid        NOT NULL PRIMARY KEY,
    user_id            uuid        NOT NULL REFERENCES account (id),
    created_at         timestamptz NOT NULL,
    used_at            timestamptz NOT NULL,
    expires_at         timestamptz NOT NULL,
    revoked_at         timestamptz,
    address            text,
    user_agent         text
);
CREATE INDEX session_account ON session (user_id);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE refresh_token (
    hash               bytea       NOT NULL PRIMARY KEY,
    session_id         uuid        NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    issued_at          timestamptz NOT NULL,
    expires_at         timestamptz NOT NULL,
    used_at            timestamptz
);
CREATE INDEX refresh_token_session ON refresh_token (session_id);
CREATE INDEX refresh_token_expiry ON refresh_token (expires_at);

-- Pages with room to spare let the revision of a row change in place.
CREATE TABLE resource (
    id                 uuid        NOT NULL PRIMARY KEY,
    name               text        NOT NULL,
    kind               text,
    description        text,
    capacity           integer     CHECK (capacity >= 1),
    quantity           integer     NOT NULL CHECK (quantity >= 1),
    time_zone          text        NOT NULL,
    requires_approval  boolean     NOT NULL,
    search             text        NOT NULL,
    version            bigint      NOT NULL,
    revision           bigint      NOT NULL,
    booking_longest_us bigint      NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    deleted_at         timestamptz
) WITH (fillfactor = 70);
CREATE INDEX resource_kind ON resource (kind) WHERE deleted_at IS NULL;

CREATE TABLE resource_manager (
    resource_id        uuid        NOT NULL REFERENCES resource (id),
    user_id            uuid        NOT NULL REFERENCES account (id),
    created_at         timestamptz NOT NULL,
    PRIMARY KEY (resource_id, user_id)
);
CREATE INDEX resource_manager_user ON resource_manager (user_id);

CREATE TABLE booking (
    id                 uuid        NOT NULL PRIMARY KEY,
    resource_id        uuid        NOT NULL,
    user_id            uuid        NOT NULL,
    starts_at          timestamptz NOT NULL,
    ends_at            timestamptz NOT NULL,
    quantity           integer     NOT NULL CHECK (quantity >= 1),
    title              text,
    notes              text,
    party_size         integer     CHECK (party_size >= 1),
    status             text        NOT NULL CHECK (status IN ('pending', 'confirmed', 'rejected', 'cancelled')),
    version            bigint      NOT NULL,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    CHECK (starts_at < ends_at)
);
CREATE INDEX booking_resource ON booking (resource_id, starts_at, id);
CREATE INDEX booking_user ON booking (user_id, starts_at, id);
CREATE INDEX booking_time ON booking (starts_at, id);
CREATE INDEX booking_pending ON booking (starts_at, id) WHERE status = 'pending';

CREATE TABLE block (
    id                 uuid        NOT NULL PRIMARY KEY,
    resource_id        uuid        NOT NULL,
    starts_at          timestamptz NOT NULL,
    ends_at            timestamptz NOT NULL,
    reason             text,
    created_by         uuid        NOT NULL,
    created_at         timestamptz NOT NULL,
    CHECK (starts_at < ends_at)
);
CREATE INDEX block_resource ON block (resource_id, starts_at, id);
CREATE INDEX block_time ON block (starts_at, id);

-- One row: this unit of this resource is taken for [starts_at, ends_at).
CREATE TABLE claim (
    resource_id        uuid        NOT NULL,
    unit               integer     NOT NULL CHECK (unit >= 1),
    starts_at          timestamptz NOT NULL,
    ends_at            timestamptz NOT NULL,
    booking_id         uuid       ,
    block_id           uuid       ,
    PRIMARY KEY (resource_id, unit, starts_at),
    CHECK (starts_at < ends_at),
    CHECK ((booking_id IS NULL) <> (block_id IS NULL))
);

-- no_overlap: on one unit claims never overlap, so only the last one that starts before the new end can collide.
-- The resource's row is locked first and the claims are looked at in a statement of its own, which under READ
-- COMMITTED sees everything that was committed before the lock was had. Under the stricter levels it would see
-- the past, so claims can't be written there.
CREATE FUNCTION claim_no_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted bigint;
    locked bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'claims are written under READ COMMITTED' USING ERRCODE = 'active_sql_transaction';
    END IF;
    SELECT count(DISTINCT resource_id) INTO wanted FROM fresh;
    PERFORM 1 FROM resource WHERE id IN (SELECT resource_id FROM fresh) ORDER BY id FOR NO KEY UPDATE;
    GET DIAGNOSTICS locked = ROW_COUNT;
    IF locked <> wanted THEN
        RAISE EXCEPTION 'a claim without its resource'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'claim_resource';
    END IF;
    IF EXISTS (
        SELECT 1 FROM fresh
        CROSS JOIN LATERAL (
            SELECT standing.ends_at FROM claim AS standing
            WHERE standing.resource_id = fresh.resource_id AND standing.unit = fresh.unit
                AND standing.starts_at < fresh.ends_at AND standing.starts_at <> fresh.starts_at
            ORDER BY standing.starts_at DESC LIMIT 1
        ) AS neighbour
        WHERE neighbour.ends_at > fresh.starts_at
    ) THEN
        RAISE EXCEPTION 'no_overlap' USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'no_overlap';
    END IF;
    RETURN NULL;
END
$$;

-- Whoever writes, the tables that are looked at are these: not those of another schema, and no temporary ones.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION claim_no_overlap() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END
$$;

CREATE TRIGGER claim_no_overlap_insert AFTER INSERT ON claim
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION claim_no_overlap();

CREATE TRIGGER claim_no_overlap_update AFTER UPDATE ON claim
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION claim_no_overlap();

-- What happened, in the order of its ids. Nothing is ever taken out or changed.
CREATE TABLE event (
    id                 uuid        NOT NULL PRIMARY KEY,
    at                 timestamptz NOT NULL,
    action             text        NOT NULL,
    actor_id           uuid       ,
    resource_id        uuid       ,
    booking_id         uuid       ,
    block_id           uuid       ,
    user_id            uuid       ,
    request_id         uuid       ,
    address            text
);

CREATE FUNCTION event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append_only' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION event_append_only();

CREATE TABLE idempotency (
    user_id            uuid        NOT NULL,
    key                text        NOT NULL,
    fingerprint        bytea       NOT NULL,
    status             integer     NOT NULL,
    location           text,
    etag               text,
    body               text        NOT NULL,
    created_at         timestamptz NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- One row a limited thing: the theoretical arrival time of the generic cell rate algorithm.
CREATE TABLE rate_limit (
    key                text        NOT NULL PRIMARY KEY,
    arrival_at         timestamptz NOT NULL
);
CREATE INDEX rate_limit_age ON rate_limit (arrival_at);

CREATE TABLE signing_key (
    kid                text        NOT NULL PRIMARY KEY,
    secret             bytea       NOT NULL,
    created_at         timestamptz NOT NULL,
    retired_at         timestamptz
);

-- At most one row: the link with which the first administrator is made.
CREATE TABLE setup_link (
    id                 integer     NOT NULL PRIMARY KEY CHECK (id = 1),
    token_hash         bytea       NOT NULL,
    expires_at         timestamptz NOT NULL
);

-- Which server does a job that one server at a time should do.
CREATE TABLE lease (
    name               text        NOT NULL PRIMARY KEY,
    holder             uuid        NOT NULL,
    until              timestamptz NOT NULL
);
