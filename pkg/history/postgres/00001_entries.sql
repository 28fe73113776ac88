-- +goose Up
CREATE TABLE vmmp_entries (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at bigint NOT NULL, -- microseconds since 1970, as all times here
    at          bigint,
    grp         text COLLATE "C" NOT NULL,
    source      text COLLATE "C" NOT NULL,
    body        json NOT NULL,   -- the record, with at, group and source
    prediction  json
);

CREATE INDEX vmmp_entries_grp ON vmmp_entries (grp, id);
CREATE INDEX vmmp_entries_source ON vmmp_entries (source, id);
CREATE INDEX vmmp_entries_at ON vmmp_entries (at, id);
CREATE INDEX vmmp_entries_recorded_at ON vmmp_entries (recorded_at, id);

CREATE TABLE vmmp_batches (
    key        bytea PRIMARY KEY, -- SHA-256 of the idempotency key
    digest     bytea NOT NULL,
    ids        text NOT NULL,     -- JSON array
    created_at bigint NOT NULL
);

CREATE INDEX vmmp_batches_created_at ON vmmp_batches (created_at);
