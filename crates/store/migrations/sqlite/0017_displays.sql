-- Displays at doors: each has a secret of its own, of which a hash stands here, and no user behind it. What it may is JSON.
CREATE TABLE display (
    id          BLOB NOT NULL PRIMARY KEY,
    resource_id BLOB NOT NULL REFERENCES resource (id),
    secret      BLOB NOT NULL,
    pin         BLOB,
    settings    TEXT NOT NULL,
    version     INTEGER NOT NULL,
    created_by  BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    seen_at     INTEGER,
    revoked_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX display_secret ON display (secret);
CREATE INDEX display_resource ON display (resource_id, id);

-- Tablets that show a code and wait for somebody to enter it.
CREATE TABLE display_pairing (
    code       BLOB NOT NULL PRIMARY KEY,
    secret     BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX display_pairing_secret ON display_pairing (secret);
CREATE INDEX display_pairing_expires ON display_pairing (expires_at);
