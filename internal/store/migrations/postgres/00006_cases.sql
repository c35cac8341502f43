-- +goose Up
-- What becomes of cases: their state's limits, who has them, what was done, evidence of appeals, limits by region and department.

-- A review's way in writes what it always did; the keeper opens a case a moment later: it reckons due_at, and puts the case where
-- it belongs. Until then due_at is 0 and the case stands in one small index. since_at is when the state began (0 is opened_at),
-- of an ended case due_at is when it ended. told says that it was told to be due soon.
ALTER TABLE followup ADD COLUMN version integer NOT NULL DEFAULT 0;
ALTER TABLE followup ADD COLUMN since_at bigint NOT NULL DEFAULT 0;
ALTER TABLE followup ADD COLUMN due_at bigint NOT NULL DEFAULT 0;
ALTER TABLE followup ADD COLUMN ended smallint NOT NULL DEFAULT 0;
ALTER TABLE followup ADD COLUMN hall_code text NOT NULL DEFAULT '';
ALTER TABLE followup ADD COLUMN assignee text NOT NULL DEFAULT '';
ALTER TABLE followup ADD COLUMN supervised smallint NOT NULL DEFAULT 0;
ALTER TABLE followup ADD COLUMN late smallint NOT NULL DEFAULT 0;
ALTER TABLE followup ADD COLUMN rounds smallint NOT NULL DEFAULT 0;
ALTER TABLE followup ADD COLUMN appeals smallint NOT NULL DEFAULT 0;
ALTER TABLE followup ADD COLUMN appeal_level smallint NOT NULL DEFAULT 0;
ALTER TABLE followup ADD COLUMN claim text NOT NULL DEFAULT '';
ALTER TABLE followup ADD COLUMN told smallint NOT NULL DEFAULT 0;
UPDATE followup SET ended = 1, due_at = opened_at WHERE state = 'dismissed';
CREATE INDEX followup_unopened ON followup (opened_at, slot, serial) WHERE due_at = 0;
CREATE INDEX followup_due ON followup (ended, due_at, slot, serial) WHERE due_at > 0;
CREATE INDEX followup_city ON followup (substr(region_code, 1, 4), ended, due_at, slot, serial) WHERE due_at > 0;
CREATE INDEX followup_county ON followup (substr(region_code, 1, 6), ended, due_at, slot, serial) WHERE due_at > 0;
CREATE INDEX followup_department ON followup (department_code, ended, due_at, slot, serial) WHERE due_at > 0;
CREATE INDEX followup_hall ON followup (hall_code, ended, due_at, slot, serial) WHERE due_at > 0;
CREATE INDEX followup_assignee ON followup (assignee, ended, due_at, slot, serial) WHERE due_at > 0;

-- One row for each version of a case. actor is a login and name what he was called; words are sealed, empty when there are none.
CREATE TABLE case_event (
    slot       smallint NOT NULL,
    serial     text NOT NULL COLLATE "C",
    version    integer NOT NULL,
    at         bigint NOT NULL,
    party      text NOT NULL,
    actor      text NOT NULL,
    name       text NOT NULL,
    move       text NOT NULL,
    state_from text NOT NULL,
    state_to   text NOT NULL,
    claim      text NOT NULL,
    reached    smallint NOT NULL,
    assignee   text NOT NULL,
    words      bytea NOT NULL,
    PRIMARY KEY (slot, serial, version)
);

-- Evidence of appeals: name and content are sealed. size is that of the content in the clear.
CREATE TABLE case_file (
    slot    smallint NOT NULL,
    serial  text NOT NULL COLLATE "C",
    id      text NOT NULL COLLATE "C",
    kind    text NOT NULL,
    size    integer NOT NULL,
    at      bigint NOT NULL,
    actor   text NOT NULL,
    name    bytea NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (slot, serial, id)
);
ALTER TABLE case_file ALTER COLUMN content SET STORAGE EXTERNAL;

-- Limits in working days; an empty code is any.
CREATE TABLE deadline_rule (
    region_code     text NOT NULL COLLATE "C",
    department_code text NOT NULL COLLATE "C",
    verify_days     smallint NOT NULL,
    rectify_days    smallint NOT NULL,
    decide_days     smallint NOT NULL,
    PRIMARY KEY (department_code, region_code)
);

-- +goose Down
DROP TABLE deadline_rule;
DROP TABLE case_file;
DROP TABLE case_event;
DROP INDEX followup_assignee;
DROP INDEX followup_hall;
DROP INDEX followup_department;
DROP INDEX followup_county;
DROP INDEX followup_city;
DROP INDEX followup_due;
DROP INDEX followup_unopened;
ALTER TABLE followup DROP COLUMN told;
ALTER TABLE followup DROP COLUMN claim;
ALTER TABLE followup DROP COLUMN appeal_level;
ALTER TABLE followup DROP COLUMN appeals;
ALTER TABLE followup DROP COLUMN rounds;
ALTER TABLE followup DROP COLUMN late;
ALTER TABLE followup DROP COLUMN supervised;
ALTER TABLE followup DROP COLUMN assignee;
ALTER TABLE followup DROP COLUMN hall_code;
ALTER TABLE followup DROP COLUMN ended;
ALTER TABLE followup DROP COLUMN due_at;
ALTER TABLE followup DROP COLUMN since_at;
ALTER TABLE followup DROP COLUMN version;
