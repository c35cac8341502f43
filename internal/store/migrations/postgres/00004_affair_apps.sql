-- +goose Up
-- Apps that may send completed affairs.
ALTER TABLE app ADD COLUMN affairs boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE app DROP COLUMN affairs;
