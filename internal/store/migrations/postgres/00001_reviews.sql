-- +goose Up
-- Rules of every large table (docs/architecture.md, Sharding): slot stands in the primary key and in every unique key;
-- no foreign keys, no sequences, no triggers. Times are UTC microseconds, days yyyymmdd.

CREATE TABLE once (
    slot      smallint NOT NULL,
    once_key  bytea    NOT NULL,
    identity  bytea    NOT NULL,
    serial    text     NOT NULL COLLATE "C",
    PRIMARY KEY (slot, once_key)
);

CREATE TABLE review (
    slot              smallint NOT NULL,
    identity          bytea    NOT NULL,
    serial            text     NOT NULL COLLATE "C",
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
    region_code       text     NOT NULL COLLATE "C",
    work_no           text     NOT NULL,
    stars             smallint NOT NULL,
    accept_stars      smallint NOT NULL,
    deal_stars        smallint NOT NULL,
    tags              text     NOT NULL,
    user_type         smallint,
    certificate_type  smallint,
    day               integer  NOT NULL,
    eval_time         bigint   NOT NULL,
    apply_time        bigint,
    deal_time         bigint,
    done_time         bigint,
    flags             smallint NOT NULL,
    person_index      bytea    NOT NULL,
    certificate_index bytea    NOT NULL,
    sealed            bytea    NOT NULL,
    received_at       bigint   NOT NULL,
    PRIMARY KEY (serial, slot)
);
CREATE INDEX review_newest ON review (eval_time, serial);
CREATE INDEX review_region_newest ON review (region_code, eval_time, serial);
CREATE INDEX review_bad_newest ON review (eval_time, serial) WHERE stars <= 2;

-- A case follows up one bad review.
CREATE TABLE followup (
    slot            smallint NOT NULL,
    serial          text     NOT NULL COLLATE "C",
    state           text     NOT NULL,
    stars           smallint NOT NULL,
    region_code     text     NOT NULL COLLATE "C",
    department_code text     NOT NULL,
    opened_at       bigint   NOT NULL,
    PRIMARY KEY (slot, serial)
);

-- period is a day yyyymmdd or a month yyyymm.
CREATE TABLE counter (
    dimension   smallint NOT NULL,
    period      integer  NOT NULL,
    code        text     NOT NULL COLLATE "C",
    entity_code text     NOT NULL,
    channel     text     NOT NULL,
    lane        smallint NOT NULL,
    n1          bigint   NOT NULL,
    n2          bigint   NOT NULL,
    n3          bigint   NOT NULL,
    n4          bigint   NOT NULL,
    n5          bigint   NOT NULL,
    PRIMARY KEY (dimension, period, code, entity_code, channel, lane)
) WITH (fillfactor = 70);

-- The facts of one batch, written with it and folded into counters afterwards.
CREATE TABLE counter_change (
    lane  smallint NOT NULL,
    id    text     NOT NULL COLLATE "C",
    facts bytea    NOT NULL,
    PRIMARY KEY (lane, id)
);
ALTER TABLE counter_change ALTER COLUMN facts SET STORAGE EXTERNAL;

CREATE TABLE region (
    code    text    NOT NULL PRIMARY KEY,
    name    text    NOT NULL,
    pending boolean NOT NULL
);

CREATE TABLE department (
    code        text    NOT NULL PRIMARY KEY,
    name        text    NOT NULL,
    region_code text    NOT NULL COLLATE "C",
    pending     boolean NOT NULL
);

CREATE TABLE item (
    code            text    NOT NULL PRIMARY KEY,
    name            text    NOT NULL,
    department_code text    NOT NULL,
    pending         boolean NOT NULL
);

CREATE TABLE entity (
    code     text     NOT NULL PRIMARY KEY,
    name     text     NOT NULL,
    position smallint NOT NULL
);

-- entity_code is empty for a tag of every evaluation object. A tag is retired, never deleted or reworded.
CREATE TABLE tag (
    tag_id      text     NOT NULL,
    entity_code text     NOT NULL,
    stars       smallint NOT NULL,
    name        text     NOT NULL,
    core        boolean  NOT NULL,
    retired     boolean  NOT NULL,
    PRIMARY KEY (tag_id, entity_code)
);

CREATE TABLE app (
    app_code       text    NOT NULL PRIMARY KEY,
    paasid         text    NOT NULL UNIQUE,
    name           text    NOT NULL,
    entities       text    NOT NULL,
    require_digest boolean NOT NULL,
    disabled       boolean NOT NULL,
    secret         bytea   NOT NULL,
    old_secret     bytea,
    created_at     bigint  NOT NULL
);

-- What /readyz writes to prove that this database can store.
CREATE TABLE heartbeat (
    id smallint NOT NULL PRIMARY KEY,
    at bigint   NOT NULL
);

-- +goose Down
DROP TABLE heartbeat, app, tag, entity, item, department, region, counter_change, counter, followup, review, once;
