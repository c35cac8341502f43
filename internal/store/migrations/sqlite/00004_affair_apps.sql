-- +goose Up
-- Apps that may send completed affairs.
ALTER TABLE app ADD COLUMN affairs integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE app DROP COLUMN affairs;
