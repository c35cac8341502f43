-- +goose Up
-- The audit chain, what is done later, and what people are told.

-- Every entry holds a hash of the one before it; the end of the chain is noted beside it. Moments never run back along the
-- chain. Personal data never go in.
CREATE TABLE audit (
    number  integer NOT NULL PRIMARY KEY,
    at      integer NOT NULL,
    actor   text NOT NULL,
    action  text NOT NULL,
    object  text NOT NULL,
    before  text NOT NULL,
    after   text NOT NULL,
    reason  text NOT NULL,
    request text NOT NULL,
    address text NOT NULL,
    hash    blob NOT NULL
);
CREATE INDEX audit_at ON audit (at, number);
CREATE INDEX audit_actor ON audit (actor, at, number);
CREATE INDEX audit_action ON audit (action, at, number);
CREATE INDEX audit_object ON audit (object, at, number);
CREATE TABLE audit_head (
    id     integer NOT NULL PRIMARY KEY,
    number integer NOT NULL,
    at     integer NOT NULL,
    hash   blob NOT NULL
);
INSERT INTO audit_head (id, number, at, hash) VALUES (1, 0, 0, zeroblob(32));

-- state: 0 new, 1 tried (being done until due_at, or waiting for another attempt), 2 done, 3 failed. round is how many
-- attempts there were since it was queued or repeated. token is that of the attempt under way.
CREATE TABLE job (
    id         text NOT NULL PRIMARY KEY,
    kind       text NOT NULL,
    key        text NOT NULL,
    payload    blob NOT NULL,
    state      integer NOT NULL,
    attempts   integer NOT NULL,
    round      integer NOT NULL,
    token      text NOT NULL,
    created_at integer NOT NULL,
    due_at     integer NOT NULL,
    done_at    integer NOT NULL,
    fault      text NOT NULL
);
CREATE UNIQUE INDEX job_new ON job (kind, key) WHERE state = 0;
CREATE INDEX job_due ON job (due_at, id) WHERE state < 2;
CREATE INDEX job_done ON job (done_at, id) WHERE state >= 2;
CREATE TABLE job_attempt (
    job_id     text NOT NULL,
    number     integer NOT NULL,
    started_at integer NOT NULL,
    ended_at   integer NOT NULL,
    fault      text NOT NULL,
    PRIMARY KEY (job_id, number)
);

-- Who is told what. target (an e-mail address or a webhook's address) and secret are sealed; recipient is a keyed hash of the
-- target, so that nobody gets two digests where one is due. told_at is when the last digest was made. version tells who changes
-- it whether somebody else did meanwhile.
CREATE TABLE subscription (
    id         text NOT NULL PRIMARY KEY,
    channel    text NOT NULL,
    name       text NOT NULL,
    login      text NOT NULL,
    work_no    text NOT NULL,
    recipient  text NOT NULL,
    target     blob NOT NULL,
    secret     blob NOT NULL,
    events     text NOT NULL,
    region     text NOT NULL,
    department text NOT NULL,
    hall       text NOT NULL,
    minutes    integer NOT NULL,
    active     integer NOT NULL,
    created_at integer NOT NULL,
    told_at    integer NOT NULL,
    version    integer NOT NULL
);
CREATE INDEX subscription_recipient ON subscription (recipient, id);

-- What happened that a recipient is to be told by mail, once for each job that told it; delivery_id is empty until it is in a
-- digest.
CREATE TABLE notice (
    job_id      text NOT NULL,
    recipient   text NOT NULL,
    event       text NOT NULL,
    serial      text NOT NULL,
    at          integer NOT NULL,
    content     text NOT NULL,
    delivery_id text NOT NULL,
    PRIMARY KEY (job_id, recipient)
);
CREATE INDEX notice_waiting ON notice (recipient, at, job_id) WHERE delivery_id = '';
CREATE INDEX notice_at ON notice (at, job_id, recipient);

-- What was sent or is to be sent. state: 0 waiting, 1 delivered, 2 failed, 3 dropped because nobody asks for it any more.
CREATE TABLE delivery (
    id              text NOT NULL PRIMARY KEY,
    subscription_id text NOT NULL,
    channel         text NOT NULL,
    subject         text NOT NULL,
    body            text NOT NULL,
    state           integer NOT NULL,
    attempts        integer NOT NULL,
    created_at      integer NOT NULL,
    ended_at        integer NOT NULL,
    fault           text NOT NULL
);
CREATE INDEX delivery_subscription ON delivery (subscription_id, id);

-- +goose Down
DROP TABLE delivery;
DROP TABLE notice;
DROP TABLE subscription;
DROP TABLE job_attempt;
DROP TABLE job;
DROP TABLE audit_head;
DROP TABLE audit;
