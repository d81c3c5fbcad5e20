-- What resources are like: tags, attributes of their kind, who may see them, and when they are out of order.

-- What kinds declare, under a hash of its text: a row never changes, as in rule_set.
CREATE TABLE kind_schema (
    id         BLOB    NOT NULL PRIMARY KEY,
    body       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Kinds that somebody declared. A resource names its kind by the word, declared or not.
CREATE TABLE declared_kind (
    id         BLOB    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    labels     TEXT    NOT NULL,
    schema_id  BLOB    NOT NULL REFERENCES kind_schema (id),
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX declared_kind_name ON declared_kind (name);

ALTER TABLE resource ADD COLUMN visibility TEXT NOT NULL DEFAULT 'internal'
    CHECK (visibility IN ('public', 'internal', 'hidden'));
ALTER TABLE resource ADD COLUMN position INTEGER NOT NULL DEFAULT 0 CHECK (position >= 0);
-- Tags, values of attributes and the time out of order, in JSON: nothing is asked of it in SQL.
ALTER TABLE resource ADD COLUMN profile TEXT NOT NULL DEFAULT '{}';

-- What resources are found by, one row for each tag (`t:view`), each attribute that they have (`a:seats`) and each
-- value that can be asked for (`a:seats=6`). It repeats what `resource.profile` says and is written with it.
CREATE TABLE resource_term (
    term        TEXT NOT NULL,
    resource_id BLOB NOT NULL REFERENCES resource (id),
    PRIMARY KEY (term, resource_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_term_resource ON resource_term (resource_id);

-- Groups of people, for whom places can be kept.
CREATE TABLE user_group (
    id          BLOB    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    description TEXT,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX user_group_name ON user_group (name);
CREATE TABLE group_member (
    group_id   BLOB    NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,
    user_id    BLOB    NOT NULL REFERENCES account (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (group_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_member_user ON group_member (user_id);

-- The log says which kind or group a line is about.
ALTER TABLE event ADD COLUMN kind_id BLOB;
ALTER TABLE event ADD COLUMN group_id BLOB;

-- Pictures, under a hash of their bytes: a row never changes. What no resource has any more is swept away.
CREATE TABLE picture (
    id         BLOB    NOT NULL PRIMARY KEY,
    bytes      BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX picture_created ON picture (created_at);
ALTER TABLE resource ADD COLUMN picture_id BLOB;
CREATE INDEX resource_picture ON resource (picture_id) WHERE picture_id IS NOT NULL;

-- What the kind of its resource lets a booking carry, in JSON; NULL for nothing.
ALTER TABLE booking ADD COLUMN fields TEXT;
