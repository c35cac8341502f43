-- +goose Up
-- An erasure waits for its confirmation from when it was found; state 5 is aside: its number does not open. 0 where a program of before
-- found it.
ALTER TABLE erasure ADD COLUMN found_at integer NOT NULL DEFAULT 0;
-- How many records did not open while they were searched, so that nobody knows whether they are about the person.
ALTER TABLE erasure ADD COLUMN unread integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE erasure DROP COLUMN unread;
ALTER TABLE erasure DROP COLUMN found_at;
