-- +goose Up
-- Rules of every large table (docs/architecture.md, Sharding): slot stands in the primary key and in every unique key;
-- no foreign keys, no sequences, no triggers. Times are UTC microseconds, days yyyymmdd.

CREATE TABLE once (
    slot      integer NOT NULL,
    once_key  blob    NOT NULL,
    identity  blob    NOT NULL,
    serial    text     NOT NULL,
    PRIMARY KEY (slot, once_key)
) WITHOUT ROWID;

CREATE TABLE review (
    slot              integer NOT NULL,
    identity          blob    NOT NULL,
    serial            text     NOT NULL,
    kind              text     NOT NULL,
    app_code          text     NOT NULL,
    entity_code       text     NOT NULL,
    channel           text     NOT NULL,
    subject           text     NOT NULL,
    item_code         text     NOT NULL,
    item_name         text     NOT NULL,
    department_code   text     NOT NULL,
    department_name   text     NOT NULL,
    region_sent       text     NOT NULL,
    region_code       text     NOT NULL,
    work_no           text     NOT NULL,
    stars             integer NOT NULL,
    accept_stars      integer NOT NULL,
    deal_stars        integer NOT NULL,
    tags              text     NOT NULL,
    user_type         integer,
    certificate_type  integer,
    day               integer  NOT NULL,
    eval_time         integer   NOT NULL,
    apply_time        integer,
    deal_time         integer,
    done_time         integer,
    flags             integer NOT NULL,
    person_index      blob    NOT NULL,
    certificate_index blob    NOT NULL,
    sealed            blob    NOT NULL,
    received_at       integer   NOT NULL,
    PRIMARY KEY (serial, slot)
);
CREATE INDEX review_newest ON review (eval_time, serial);
CREATE INDEX review_region_newest ON review (region_code, eval_time, serial);
CREATE INDEX review_bad_newest ON review (eval_time, serial) WHERE stars <= 2;

-- A case follows up one bad review.
CREATE TABLE followup (
    slot            integer NOT NULL,
    serial          text     NOT NULL,
    state           text     NOT NULL,
    stars           integer NOT NULL,
    region_code     text     NOT NULL,
    department_code text     NOT NULL,
    opened_at       integer   NOT NULL,
    PRIMARY KEY (slot, serial)
);

-- period is a day yyyymmdd or a month yyyymm.
CREATE TABLE counter (
    dimension   integer NOT NULL,
    period      integer  NOT NULL,
    code        text     NOT NULL,
    entity_code text     NOT NULL,
    channel     text     NOT NULL,
    lane        integer NOT NULL,
    n1          integer   NOT NULL,
    n2          integer   NOT NULL,
    n3          integer   NOT NULL,
    n4          integer   NOT NULL,
    n5          integer   NOT NULL,
    PRIMARY KEY (dimension, period, code, entity_code, channel, lane)
) WITHOUT ROWID;

-- The facts of one batch, written with it and folded into counters afterwards.
CREATE TABLE counter_change (
    lane  integer NOT NULL,
    id    text     NOT NULL,
    facts blob    NOT NULL,
    PRIMARY KEY (lane, id)
);

CREATE TABLE region (
    code    text    NOT NULL PRIMARY KEY,
    name    text    NOT NULL,
    pending integer NOT NULL
);

CREATE TABLE department (
    code        text    NOT NULL PRIMARY KEY,
    name        text    NOT NULL,
    region_code text    NOT NULL,
    pending     integer NOT NULL
);

CREATE TABLE item (
    code            text    NOT NULL PRIMARY KEY,
    name            text    NOT NULL,
    department_code text    NOT NULL,
    pending         integer NOT NULL
);

CREATE TABLE entity (
    code     text     NOT NULL PRIMARY KEY,
    name     text     NOT NULL,
    position integer NOT NULL
);

-- entity_code is empty for a tag of every evaluation object. A tag is retired, never deleted or reworded.
CREATE TABLE tag (
    tag_id      text     NOT NULL,
    entity_code text     NOT NULL,
    stars       integer NOT NULL,
    name        text     NOT NULL,
    core        integer  NOT NULL,
    retired     integer  NOT NULL,
    PRIMARY KEY (tag_id, entity_code)
);

CREATE TABLE app (
    app_code       text    NOT NULL PRIMARY KEY,
    paasid         text    NOT NULL UNIQUE,
    name           text    NOT NULL,
    entities       text    NOT NULL,
    require_digest integer NOT NULL,
    disabled       integer NOT NULL,
    secret         blob   NOT NULL,
    old_secret     blob,
    created_at     integer  NOT NULL
);

-- What /readyz writes to prove that this database can store.
CREATE TABLE heartbeat (
    id integer NOT NULL PRIMARY KEY,
    at integer   NOT NULL
);

-- +goose Down
DROP TABLE heartbeat;
DROP TABLE app;
DROP TABLE tag;
DROP TABLE entity;
DROP TABLE item;
DROP TABLE department;
DROP TABLE region;
DROP TABLE counter_change;
DROP TABLE counter;
DROP TABLE followup;
DROP TABLE review;
DROP TABLE once;
