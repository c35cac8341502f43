-- +goose Up
-- Which sealing keys there are, which process knows which, how far sealing again has come, and what is erased.

-- state: 0 added (known, not used yet), 1 active (seals), 2 former (only opens), 3 retired (opens nothing here any more). fingerprint
-- tells a key from another one of the same id. Of a former key clean_at is when everything had been looked through and nothing was
-- left of it, 0 before.
CREATE TABLE sealing_key (
    id          integer NOT NULL PRIMARY KEY,
    fingerprint text     NOT NULL,
    state       integer NOT NULL,
    at          integer NOT NULL,
    clean_at    integer NOT NULL
);

-- Processes that seal: the keys each knows, as ids with commas between, and the one it seals with.
CREATE TABLE sealing_node (
    node    text NOT NULL PRIMARY KEY,
    known   text NOT NULL,
    active  integer NOT NULL,
    seen_at integer NOT NULL
);

-- How far sealing again with the active key has come; there is a row while it goes on. place is a key of the table of this stage.
CREATE TABLE resealing (
    id       integer NOT NULL PRIMARY KEY,
    token    text NOT NULL,
    active   integer NOT NULL,
    stage    integer NOT NULL,
    place    text NOT NULL,
    sealed   integer NOT NULL,
    failed   integer NOT NULL,
    begun    integer NOT NULL
);

-- Erasures of personal data: the one row with an empty login is the last look through all records by the time limit, any other a
-- person's wish. kind is what was asked by; wanted is sealed while it is needed, empty afterwards. state: 0 searching, 1 found,
-- 2 erasing, 3 done, 4 dropped. The numbers are how many of each were found, and are erased when it is done.
CREATE TABLE erasure (
    id        text NOT NULL PRIMARY KEY,
    login     text NOT NULL,
    kind      text NOT NULL,
    wanted    blob NOT NULL,
    reason    text NOT NULL,
    state     integer NOT NULL,
    stage     integer NOT NULL,
    place     text NOT NULL,
    before_at integer NOT NULL,
    reviews   integer NOT NULL,
    affairs   integer NOT NULL,
    rejected  integer NOT NULL,
    cases     integer NOT NULL,
    at        integer NOT NULL,
    ended_at  integer NOT NULL,
    version   integer NOT NULL
);
CREATE INDEX erasure_at ON erasure (at, id);

-- What a person's wish found and is not erased yet: stage tells of which table key is.
CREATE TABLE erasure_found (
    erasure_id text NOT NULL,
    stage      integer NOT NULL,
    key        text NOT NULL,
    PRIMARY KEY (erasure_id, stage, key)
);

-- +goose Down
DROP TABLE erasure_found;
DROP TABLE erasure;
DROP TABLE resealing;
DROP TABLE sealing_node;
DROP TABLE sealing_key;
