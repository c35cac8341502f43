-- +goose Up
-- Reviews that people may not have given of their own: what was found, what people decided, and what it is found by.

-- Keyed hashes of the device and the network address that a review on our own pages came from; each day has hashes of its own. Other
-- reviews have no row. Rows are deleted after some weeks.
CREATE TABLE review_origin (
    slot    smallint NOT NULL,
    serial  text    NOT NULL COLLATE "C",
    device  bytea    NOT NULL,
    address bytea    NOT NULL,
    PRIMARY KEY (slot, serial)
);

-- Keyed hashes of officers' certificate and telephone numbers, as reviews have them.
CREATE TABLE officer_mark (
    hall_code text NOT NULL COLLATE "C",
    work_no   text NOT NULL COLLATE "C",
    mark      bytea NOT NULL,
    PRIMARY KEY (hall_code, work_no, mark)
);

-- Which days were examined, how many reviews they had then, and who examines one now and until when.
CREATE TABLE examined_day (
    day         integer NOT NULL PRIMARY KEY,
    reviews     bigint NOT NULL,
    examined_at bigint NOT NULL,
    lease_until bigint NOT NULL
);

-- id is made of kind, day and place: what was found once is not found again, whatever was decided about it. evidence is JSON without
-- personal data.
CREATE TABLE finding (
    id              text    NOT NULL COLLATE "C" PRIMARY KEY,
    kind            text    NOT NULL COLLATE "C",
    day             integer NOT NULL,
    region_code     text    NOT NULL COLLATE "C",
    department_code text    NOT NULL COLLATE "C",
    hall_code       text    NOT NULL COLLATE "C",
    window_code     text    NOT NULL COLLATE "C",
    strength        smallint NOT NULL,
    seen            integer NOT NULL,
    expected_tenths integer NOT NULL,
    concerned       integer NOT NULL,
    evidence        text    NOT NULL,
    state           text    NOT NULL COLLATE "C",
    version         integer NOT NULL,
    found_at        bigint NOT NULL
);
CREATE INDEX finding_state ON finding (state, day, id);
CREATE INDEX finding_day ON finding (day, id);

-- Reviews that a finding is about. withdrawn says that it took them out of the figures, so that it can give them back.
CREATE TABLE finding_review (
    slot      smallint NOT NULL,
    serial    text    NOT NULL COLLATE "C",
    finding   text    NOT NULL COLLATE "C",
    position  integer NOT NULL,
    withdrawn smallint NOT NULL,
    PRIMARY KEY (finding, serial, slot)
);
CREATE INDEX finding_review_serial ON finding_review (serial, slot);

CREATE TABLE finding_decision (
    finding text    NOT NULL COLLATE "C",
    version integer NOT NULL,
    state   text    NOT NULL COLLATE "C",
    reviews bigint NOT NULL,
    actor   text    NOT NULL COLLATE "C",
    reason  text    NOT NULL,
    at      bigint NOT NULL,
    PRIMARY KEY (finding, version)
);

-- +goose Down
DROP TABLE finding_decision;
DROP TABLE finding_review;
DROP TABLE finding;
DROP TABLE examined_day;
DROP TABLE officer_mark;
DROP TABLE review_origin;
