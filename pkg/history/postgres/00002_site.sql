-- +goose Up
-- Where a migration was made; entries of an older vmmp do not know.
ALTER TABLE vmmp_entries ADD COLUMN site text COLLATE "C" NOT NULL DEFAULT '';

CREATE INDEX vmmp_entries_site ON vmmp_entries (site, id);
