-- +goose Up
-- Completed affairs (已办事项), and what reviews have of them.

-- content is a keyed hash of all that was told, so that what came again is known without opening it. certificate_index is NULL
-- where no certificate was told. reviewed is how many reviews there are of it.
CREATE TABLE affair (
    slot              integer NOT NULL,
    serial_no         text    NOT NULL,
    source            text    NOT NULL,
    content           blob    NOT NULL,
    app_code          text    NOT NULL,
    item_code         text    NOT NULL,
    item_name         text    NOT NULL,
    department_code   text    NOT NULL,
    department_name   text    NOT NULL,
    region_sent       text    NOT NULL,
    region_code       text    NOT NULL,
    hall_code         text    NOT NULL,
    window_code       text    NOT NULL,
    work_no           text    NOT NULL,
    result            text    NOT NULL,
    user_type         integer,
    certificate_type  integer,
    apply_time        integer,
    done_time         integer NOT NULL,
    certificate_index blob,
    sealed            blob    NOT NULL,
    reviewed          integer NOT NULL,
    updated_at        integer NOT NULL,
    PRIMARY KEY (serial_no, slot)
);
CREATE INDEX affair_citizen ON affair (certificate_index, done_time) WHERE certificate_index IS NOT NULL;

-- Rows of a source that could not be taken.
CREATE TABLE affair_rejected (
    key       text    NOT NULL,
    source    text    NOT NULL,
    serial_no text    NOT NULL,
    sealed    blob    NOT NULL,
    at        integer NOT NULL,
    PRIMARY KEY (key, source)
);

-- How far a source was read.
CREATE TABLE affair_cursor (
    source text    NOT NULL PRIMARY KEY,
    value  text    NOT NULL,
    key    text    NOT NULL,
    at     integer NOT NULL
) WITHOUT ROWID;

-- Which process reads a source, and until when.
CREATE TABLE affair_lease (
    source text    NOT NULL PRIMARY KEY,
    holder text    NOT NULL,
    until  integer NOT NULL
) WITHOUT ROWID;

-- filled says which columns of a review were filled in from its affair; 0 is a review whose affair is not known.
-- own_region is where the review would count without its affair, when it counts elsewhere.
ALTER TABLE review ADD COLUMN filled integer NOT NULL DEFAULT 0;
ALTER TABLE review ADD COLUMN own_region text NOT NULL DEFAULT '';
CREATE INDEX review_affair ON review (subject) WHERE kind = 'affair';

-- Apps that may send completed affairs.
ALTER TABLE app ADD COLUMN affairs integer NOT NULL DEFAULT 0;

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
ALTER TABLE app DROP COLUMN affairs;
DROP INDEX review_affair;
ALTER TABLE review DROP COLUMN own_region;
ALTER TABLE review DROP COLUMN filled;
DROP TABLE affair_lease;
DROP TABLE affair_cursor;
DROP TABLE affair_rejected;
DROP TABLE affair;
