-- +goose Up
-- What apps may do in a second, what they were refused lately, and sources that are to be read again.

-- rate is how many calls a second the app may make, 0 as many as every one. version tells who changes it that nobody else did.
ALTER TABLE app ADD COLUMN rate integer NOT NULL DEFAULT 0;
ALTER TABLE app ADD COLUMN version integer NOT NULL DEFAULT 1;

-- The last refusals of each app, alike ones as one: at most some twenty rows an app. sign is a hash of what makes them alike.
-- app_code is empty for callers that nobody knows. Nothing of what was sent stands here.
CREATE TABLE app_refusal (
    app_code text    NOT NULL,
    sign     text    NOT NULL,
    path     text    NOT NULL,
    code     integer NOT NULL,
    kind     integer NOT NULL,
    field    text    NOT NULL,
    reason   text    NOT NULL,
    times    integer NOT NULL,
    first_at integer NOT NULL,
    at       integer NOT NULL,
    PRIMARY KEY (app_code, sign)
);

-- How many calls of an app were answered with each code on a day; kept for some days.
CREATE TABLE app_answer (
    app_code text    NOT NULL,
    day      integer NOT NULL,
    code     integer NOT NULL,
    times    integer NOT NULL,
    PRIMARY KEY (app_code, day, code)
);

-- A source that is to be read again, from its beginning; who pulls it takes the row away.
CREATE TABLE affair_again (
    source text    NOT NULL PRIMARY KEY,
    at     integer NOT NULL
);

-- +goose Down
DROP TABLE affair_again;
DROP TABLE app_answer;
DROP TABLE app_refusal;
ALTER TABLE app DROP COLUMN version;
ALTER TABLE app DROP COLUMN rate;
