-- What resources are like: tags, attributes of their kind, who may see them, and when they are out of order.

-- What kinds declare, under a hash of its text: a row never changes, as in rule_set.
CREATE TABLE kind_schema (
    id         uuid        NOT NULL PRIMARY KEY,
    body       text        NOT NULL,
    created_at timestamptz NOT NULL
);

-- Kinds that somebody declared. A resource names its kind by the word, declared or not.
CREATE TABLE resource_kind (
    id         uuid        NOT NULL PRIMARY KEY,
    name       text        NOT NULL,
    labels     text        NOT NULL,
    schema_id  uuid        NOT NULL REFERENCES kind_schema (id),
    version    bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX resource_kind_name ON resource_kind (name);

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
