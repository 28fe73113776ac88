-- +goose Up
CREATE TABLE vmmp_entries (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- no id is given twice, even after a deletion
    recorded_at INTEGER NOT NULL,                  -- microseconds since 1970, as all times here
    at          INTEGER,
    grp         TEXT NOT NULL,
    source      TEXT NOT NULL,
    body        TEXT NOT NULL,                     -- the record as JSON, with at, group and source
    prediction  TEXT                               -- JSON
) STRICT;

-- Each ends in the id, as every index of SQLite does.
CREATE INDEX vmmp_entries_grp ON vmmp_entries (grp);
CREATE INDEX vmmp_entries_source ON vmmp_entries (source);
CREATE INDEX vmmp_entries_at ON vmmp_entries (at);
CREATE INDEX vmmp_entries_recorded_at ON vmmp_entries (recorded_at);

CREATE TABLE vmmp_batches (
    key        BLOB PRIMARY KEY, -- SHA-256 of the idempotency key
    digest     BLOB NOT NULL,
    ids        TEXT NOT NULL,    -- JSON array
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX vmmp_batches_created_at ON vmmp_batches (created_at);

-- What a ping writes to; one row.
CREATE TABLE vmmp_pings (at INTEGER NOT NULL) STRICT;
INSERT INTO vmmp_pings (at) VALUES (0);
