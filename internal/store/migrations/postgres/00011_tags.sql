-- +goose Up
-- Tags in an order that a person chose, with every version of it; halls that close; scans of windows' codes.

-- position orders the tags of one evaluation object and star, core ones first all the same.
ALTER TABLE tag ADD COLUMN position integer NOT NULL DEFAULT 0;

-- Every version of the tags of an evaluation object (empty: of every one without its own) and star; none is ever changed, the
-- last one counts. tags is JSON: id, name, core, in order; empty where the object went back to the tags of every one.
CREATE TABLE tag_version (
    entity_code text    NOT NULL COLLATE "C",
    stars       smallint NOT NULL,
    version     integer NOT NULL,
    tags        text    NOT NULL,
    note        text    NOT NULL,
    actor       text    NOT NULL,
    at          bigint  NOT NULL,
    PRIMARY KEY (entity_code, stars, version)
);

-- What is closed is retired, never deleted: its codes hang on walls, and its reviews keep their names.
ALTER TABLE hall ADD COLUMN retired boolean NOT NULL DEFAULT false;
ALTER TABLE hall_window ADD COLUMN retired boolean NOT NULL DEFAULT false;
ALTER TABLE officer ADD COLUMN retired boolean NOT NULL DEFAULT false;

-- The list that a person sent in and has not applied yet; one a person.
CREATE TABLE venue_upload (
    login  text    NOT NULL PRIMARY KEY,
    id     text    NOT NULL,
    name   text    NOT NULL,
    data   bytea   NOT NULL,
    digest text    NOT NULL,
    at     bigint  NOT NULL
);

-- How often a window's code was opened on a day yyyymmdd.
CREATE TABLE scan (
    window_code text    NOT NULL COLLATE "C",
    day         integer NOT NULL,
    opened      bigint  NOT NULL,
    PRIMARY KEY (window_code, day)
);

-- +goose Down
DROP TABLE scan;
DROP TABLE venue_upload;
ALTER TABLE officer DROP COLUMN retired;
ALTER TABLE hall_window DROP COLUMN retired;
ALTER TABLE hall DROP COLUMN retired;
DROP TABLE tag_version;
ALTER TABLE tag DROP COLUMN position;
