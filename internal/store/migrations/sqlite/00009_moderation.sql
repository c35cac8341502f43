-- +goose Up
-- What the public sees of what was said in a review, and who decided it.

-- publication is 0 not checked yet, 1 as it is (or nothing was said), 2 with pieces masked, 3 waiting for a person, 4 withheld by a
-- person. masked are those pieces, as characters of the sealed remark: from-to,from-to.
ALTER TABLE review ADD COLUMN publication integer NOT NULL DEFAULT 0;
ALTER TABLE review ADD COLUMN masked text NOT NULL DEFAULT '';
CREATE INDEX review_publication ON review (publication, received_at, serial) WHERE publication <> 1;

-- Decisions of persons. version counts them for a review, from 1.
CREATE TABLE moderation_decision (
    slot        integer NOT NULL,
    serial      text    NOT NULL,
    version     integer NOT NULL,
    publication integer NOT NULL,
    masked      text    NOT NULL,
    actor       text    NOT NULL,
    reason      text    NOT NULL,
    at          integer NOT NULL,
    PRIMARY KEY (serial, version, slot)
);

-- Versions of the word list; none is ever changed. The program's own is version 0 and stands in no row.
CREATE TABLE word_list (
    version integer NOT NULL PRIMARY KEY,
    words   text    NOT NULL,
    note    text    NOT NULL,
    actor   text    NOT NULL,
    at      integer NOT NULL
);

-- The one row says which version counts, and by which what waits was checked last.
CREATE TABLE word_list_active (
    id        integer NOT NULL PRIMARY KEY,
    version   integer NOT NULL,
    rechecked integer NOT NULL
);
INSERT INTO word_list_active (id, version, rechecked) VALUES (1, 0, 0);

-- +goose Down
DROP TABLE word_list_active;
DROP TABLE word_list;
DROP TABLE moderation_decision;
DROP INDEX review_publication;
ALTER TABLE review DROP COLUMN masked;
ALTER TABLE review DROP COLUMN publication;
