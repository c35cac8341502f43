-- +goose Up
-- An erasure waits for its confirmation from when it was found; state 5 is aside: its number does not open. 0 where a program of before
-- found it.
ALTER TABLE erasure ADD COLUMN found_at integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE erasure DROP COLUMN found_at;
