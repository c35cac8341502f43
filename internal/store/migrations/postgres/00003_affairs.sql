-- +goose Up
-- Completed affairs (已办事项), and what reviews have of them.

-- content is a keyed hash of all that was told, so that what came again is known without opening it. certificate_index is NULL
-- where no certificate was told. reviewed is how many reviews there are of it.
CREATE TABLE affair (
    slot              smallint NOT NULL,
    serial_no         text     NOT NULL COLLATE "C",
    source            text     NOT NULL,
    content           bytea    NOT NULL,
    app_code          text     NOT NULL,
    item_code         text     NOT NULL,
    item_name         text     NOT NULL,
    department_code   text     NOT NULL,
    department_name   text     NOT NULL,
    region_sent       text     NOT NULL,
    region_code       text     NOT NULL COLLATE "C",
    hall_code         text     NOT NULL,
    window_code       text     NOT NULL,
    work_no           text     NOT NULL,
    result            text     NOT NULL,
    user_type         smallint,
    certificate_type  smallint,
    apply_time        bigint,
    done_time         bigint   NOT NULL,
    certificate_index bytea,
    sealed            bytea    NOT NULL,
    reviewed          integer  NOT NULL,
    updated_at        bigint   NOT NULL,
    PRIMARY KEY (serial_no, slot)
) WITH (fillfactor = 90);
CREATE INDEX affair_citizen ON affair (certificate_index, done_time) WHERE certificate_index IS NOT NULL;

-- Rows of a source that could not be taken.
CREATE TABLE affair_rejected (
    key       text   NOT NULL COLLATE "C",
    source    text   NOT NULL COLLATE "C",
    serial_no text   NOT NULL,
    sealed    bytea  NOT NULL,
    at        bigint NOT NULL,
    PRIMARY KEY (key, source)
);

-- How far a source was read.
CREATE TABLE affair_cursor (
    source text   NOT NULL PRIMARY KEY,
    value  text   NOT NULL,
    key    text   NOT NULL,
    at     bigint NOT NULL
);

-- Which process reads a source, and until when.
CREATE TABLE affair_lease (
    source text   NOT NULL PRIMARY KEY,
    holder text   NOT NULL,
    until  bigint NOT NULL
);

-- filled says which columns of a review were filled in from its affair; 0 is a review whose affair is not known.
-- own_region is where the review would count without its affair, when it counts elsewhere.
ALTER TABLE review ADD COLUMN filled smallint NOT NULL DEFAULT 0;
ALTER TABLE review ADD COLUMN own_region text NOT NULL DEFAULT '';
-- Its subject is looked up as it is, never sorted for people: so it is compared byte by byte.
ALTER TABLE review ALTER COLUMN subject TYPE text COLLATE "C";
CREATE INDEX review_affair ON review (subject) WHERE kind = 'affair';

-- Apps that may send completed affairs.
ALTER TABLE app ADD COLUMN affairs boolean NOT NULL DEFAULT false;

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
ALTER TABLE app DROP COLUMN affairs;
DROP INDEX review_affair;
ALTER TABLE review ALTER COLUMN subject TYPE text;
ALTER TABLE review DROP COLUMN own_region;
ALTER TABLE review DROP COLUMN filled;
DROP TABLE affair_lease, affair_cursor, affair_rejected, affair;
