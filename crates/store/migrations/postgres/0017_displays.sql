-- Displays at doors: each has a secret of its own, of which a hash stands here, and no user behind it. What it may is JSON.
CREATE TABLE display (
    id          uuid NOT NULL PRIMARY KEY,
    resource_id uuid NOT NULL REFERENCES resource (id),
    secret      bytea NOT NULL,
    pin         bytea,
    settings    text NOT NULL,
    version     bigint NOT NULL,
    created_by  uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    seen_at     timestamptz,
    revoked_at  timestamptz
);
CREATE UNIQUE INDEX display_secret ON display (secret);
CREATE INDEX display_resource ON display (resource_id, id);

-- Tablets that show a code and wait for somebody to enter it.
CREATE TABLE display_pairing (
    code       bytea NOT NULL PRIMARY KEY,
    secret     bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX display_pairing_secret ON display_pairing (secret);
CREATE INDEX display_pairing_expires ON display_pairing (expires_at);
