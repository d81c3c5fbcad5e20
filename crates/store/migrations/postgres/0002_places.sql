-- Sites and areas with their managers, sets of rules, and what bookings need to keep to them: buffers, a time when
-- they lapse, and the states that come of that.

-- A set of rules never changes: its id is a hash of its body, and a change makes another set.
CREATE TABLE rule_set (
    id          uuid        NOT NULL PRIMARY KEY,
    body        text        NOT NULL,
    created_at  timestamptz NOT NULL
);

CREATE TABLE site (
    id          uuid        NOT NULL PRIMARY KEY,
    name        text        NOT NULL,
    slug        text        NOT NULL,
    address     text,
    time_zone   text        NOT NULL,
    locale      text        NOT NULL,
    rules_id    uuid REFERENCES rule_set (id),
    version     bigint      NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    deleted_at  timestamptz
);
CREATE UNIQUE INDEX site_slug ON site (slug) WHERE deleted_at IS NULL;

CREATE TABLE area (
    id          uuid        NOT NULL PRIMARY KEY,
    site_id     uuid        NOT NULL REFERENCES site (id),
    parent_id   uuid REFERENCES area (id),
    name        text        NOT NULL,
    position    integer     NOT NULL,
    rules_id    uuid REFERENCES rule_set (id),
    version     bigint      NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    deleted_at  timestamptz
);
CREATE INDEX area_site ON area (site_id, position, id);

CREATE TABLE site_manager (
    site_id     uuid        NOT NULL REFERENCES site (id),
    user_id     uuid        NOT NULL REFERENCES account (id),
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (site_id, user_id)
);
CREATE INDEX site_manager_user ON site_manager (user_id);

-- `rules_id` is what the resource says of its own, `in_force_id` what is in force with its area's and site's rules.
ALTER TABLE resource ADD COLUMN site_id uuid REFERENCES site (id);
ALTER TABLE resource ADD COLUMN area_id uuid REFERENCES area (id);
ALTER TABLE resource ADD COLUMN rules_id uuid REFERENCES rule_set (id);
ALTER TABLE resource ADD COLUMN in_force_id uuid REFERENCES rule_set (id);
-- On an empty table PostgreSQL takes any index whose condition the question implies, and keeps to it.
DROP INDEX resource_kind;
CREATE INDEX resource_kind ON resource (kind, id) WHERE kind IS NOT NULL;
CREATE INDEX resource_site ON resource (site_id, id) WHERE site_id IS NOT NULL;

ALTER TABLE booking DROP CONSTRAINT booking_status_check;
ALTER TABLE booking ADD CONSTRAINT booking_status_check CHECK (status IN ('pending', 'confirmed', 'rejected',
    'cancelled', 'held', 'checked_in', 'completed', 'no_show', 'expired'));
ALTER TABLE booking ADD COLUMN lapses_at timestamptz;
ALTER TABLE booking ADD COLUMN buffer_before_s integer NOT NULL DEFAULT 0 CHECK (buffer_before_s >= 0);
ALTER TABLE booking ADD COLUMN buffer_after_s integer NOT NULL DEFAULT 0 CHECK (buffer_after_s >= 0);
ALTER TABLE booking ADD COLUMN override_reason text;
ALTER TABLE booking ADD COLUMN made_by uuid;
ALTER TABLE booking ADD COLUMN series_id uuid;
CREATE INDEX booking_lapse ON booking (lapses_at, id) WHERE lapses_at IS NOT NULL;
CREATE INDEX booking_series ON booking (series_id, starts_at, id) WHERE series_id IS NOT NULL;

-- From then on the claim stands in nobody's way, though it may still be there.
ALTER TABLE claim ADD COLUMN lapses_at timestamptz;
