-- +goose Up
-- How each source of completed affairs is doing, as the process that pulls it says. Moments are microseconds, 0 is never.
CREATE TABLE affair_source (
    source        text    NOT NULL PRIMARY KEY,
    owner         text    NOT NULL,
    noted_at      bigint  NOT NULL,
    reached       bigint  NOT NULL,
    pulled_at     bigint  NOT NULL,
    failing       text    NOT NULL,
    brief         text    NOT NULL,
    failing_since bigint  NOT NULL,
    rows_new      bigint  NOT NULL,
    rows_changed  bigint  NOT NULL,
    rows_same     bigint  NOT NULL,
    rows_rejected bigint  NOT NULL
);

-- +goose Down
DROP TABLE affair_source;
