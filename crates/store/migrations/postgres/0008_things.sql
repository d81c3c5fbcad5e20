-- What resources are like: tags, attributes of their kind, who may see them, and when they are out of order.

-- What kinds declare, under a hash of its text: a row never changes, as in rule_set.
CREATE TABLE kind_schema (
    id         uuid        NOT NULL PRIMARY KEY,
    body       text        NOT NULL,
    created_at timestamptz NOT NULL
);

-- Kinds that somebody declared. A resource names its kind by the word, declared or not.
CREATE TABLE declared_kind (
    id         uuid        NOT NULL PRIMARY KEY,
    name       text        NOT NULL,
    labels     text        NOT NULL,
    schema_id  uuid        NOT NULL REFERENCES kind_schema (id),
    version    bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX declared_kind_name ON declared_kind (name);

ALTER TABLE resource
    ADD COLUMN visibility text NOT NULL DEFAULT 'internal' CHECK (visibility IN ('public', 'internal', 'hidden')),
    ADD COLUMN position   int  NOT NULL DEFAULT 0 CHECK (position >= 0),
    -- Tags, values of attributes and the time out of order, in JSON: nothing is asked of it in SQL.
    ADD COLUMN profile    text NOT NULL DEFAULT '{}';

-- What resources are found by, one row for each tag (`t:view`), each attribute that they have (`a:seats`) and each
-- value that can be asked for (`a:seats=6`). It repeats what `resource.profile` says and is written with it.
CREATE TABLE resource_term (
    term        text NOT NULL,
    resource_id uuid NOT NULL REFERENCES resource (id),
    PRIMARY KEY (term, resource_id)
);
CREATE INDEX resource_term_resource ON resource_term (resource_id);

-- Groups of people, for whom places can be kept.
CREATE TABLE user_group (
    id          uuid        NOT NULL PRIMARY KEY,
    name        text        NOT NULL,
    description text,
    version     bigint      NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX user_group_name ON user_group (name);
CREATE TABLE group_member (
    group_id   uuid        NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,
    user_id    uuid        NOT NULL REFERENCES account (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX group_member_user ON group_member (user_id);

-- The log says which kind or group a line is about.
ALTER TABLE event ADD COLUMN kind_id uuid;
ALTER TABLE event ADD COLUMN group_id uuid;

-- Pictures, under a hash of their bytes: a row never changes. What no resource has any more is swept away.
CREATE TABLE picture (
    id         uuid        NOT NULL PRIMARY KEY,
    bytes      bytea       NOT NULL,
    created_at timestamptz NOT NULL
);
-- What is compressed already is not worth trying again.
ALTER TABLE picture ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX picture_created ON picture (created_at);
ALTER TABLE resource ADD COLUMN picture_id uuid;
CREATE INDEX resource_picture ON resource (picture_id) WHERE picture_id IS NOT NULL;

-- What the kind of its resource lets a booking carry, in JSON; NULL for nothing.
ALTER TABLE booking ADD COLUMN fields text;
