-- +goose Up
-- How each source of completed affairs is doing, as the process that pulls it says. Moments are microseconds, 0 is never.
CREATE TABLE affair_source (
    source        text    NOT NULL PRIMARY KEY,
    owner         text    NOT NULL,
    noted_at      integer NOT NULL,
    reached       integer NOT NULL,
    pulled_at     integer NOT NULL,
    failing       text    NOT NULL,
    brief         text    NOT NULL,
    failing_since integer NOT NULL,
    rows_new      integer NOT NULL,
    rows_changed  integer NOT NULL,
    rows_same     integer NOT NULL,
    rows_rejected integer NOT NULL
);

-- +goose Down
DROP TABLE affair_source;
