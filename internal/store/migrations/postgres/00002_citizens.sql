-- +goose Up
-- Halls and their windows, citizens' sessions, receipts, and where a review was made.

ALTER TABLE review ADD COLUMN hall_code text NOT NULL DEFAULT '';
ALTER TABLE review ADD COLUMN window_code text NOT NULL DEFAULT '';
-- state is 1 for a review that counts and 2 for one of an affair that is not known yet (待核验).
ALTER TABLE review ADD COLUMN state smallint NOT NULL DEFAULT 1;
CREATE INDEX review_person ON review (person_index, eval_time, serial);

-- A receipt finds one review without login; code is a keyed hash of what the reviewer holds.
CREATE TABLE receipt (
    slot   smallint NOT NULL,
    code   bytea    NOT NULL,
    serial text     NOT NULL COLLATE "C",
    PRIMARY KEY (slot, code)
);

CREATE TABLE hall (
    code        text    NOT NULL PRIMARY KEY,
    region_code text    NOT NULL COLLATE "C",
    level       text    NOT NULL,
    name        text    NOT NULL,
    address     text    NOT NULL,
    telephone   text    NOT NULL,
    hours       text    NOT NULL,
    UNIQUE (region_code, name)
);

CREATE TABLE hall_window (
    code            text NOT NULL PRIMARY KEY,
    hall_code       text NOT NULL,
    number          text NOT NULL,
    name            text NOT NULL,
    department_code text NOT NULL,
    department_name text NOT NULL,
    UNIQUE (hall_code, number)
);

CREATE TABLE officer (
    hall_code   text NOT NULL,
    work_no     text NOT NULL,
    name        text NOT NULL,
    window_code text NOT NULL,
    PRIMARY KEY (hall_code, work_no)
);

-- token is a hash of the cookie's; data is sealed.
CREATE TABLE session (
    token      bytea  NOT NULL PRIMARY KEY,
    data       bytea  NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX session_expiry ON session (expires_at);

ALTER TABLE app ADD COLUMN require_signed_code boolean NOT NULL DEFAULT false;

-- Facts of the database itself, such as its environment.
CREATE TABLE setting (
    name  text NOT NULL PRIMARY KEY,
    value text NOT NULL
);

-- +goose Down
DROP TABLE setting;
ALTER TABLE app DROP COLUMN require_signed_code;
DROP TABLE session, officer, hall_window, hall, receipt;
DROP INDEX review_person;
ALTER TABLE review DROP COLUMN state;
ALTER TABLE review DROP COLUMN window_code;
ALTER TABLE review DROP COLUMN hall_code;
