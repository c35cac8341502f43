-- +goose Up
-- Members of staff: accounts, their sessions, and how often somebody failed to log in.

-- role and state are identity's. region_code, department_code and hall_code bound what the person sees; seat_code is the region
-- of his unit. E-mail address and TOTP secrets are sealed. version grows with every change by an administrator.
CREATE TABLE staff (
    login           text     NOT NULL PRIMARY KEY,
    name            text     NOT NULL,
    role            text     NOT NULL,
    region_code     text     NOT NULL,
    department_code text     NOT NULL,
    hall_code       text     NOT NULL,
    seat_code       text     NOT NULL,
    work_no         text     NOT NULL,
    state           text     NOT NULL,
    password        text     NOT NULL,
    must_change     integer  NOT NULL,
    email           blob ,
    totp            blob ,
    totp_pending    blob ,
    totp_step       integer  NOT NULL,
    created_at      integer  NOT NULL,
    login_at        integer  NOT NULL,
    version         integer  NOT NULL
);

-- Keyed hashes of codes that stand in for the second factor, once each.
CREATE TABLE staff_recovery (
    login text  NOT NULL,
    code  blob  NOT NULL,
    PRIMARY KEY (login, code)
);

-- token is a keyed hash of the cookie's; second says that the second factor was given.
CREATE TABLE staff_session (
    token    blob    NOT NULL PRIMARY KEY,
    login    text    NOT NULL,
    began_at integer NOT NULL,
    seen_at  integer NOT NULL,
    address  text    NOT NULL,
    agent    text    NOT NULL,
    second   integer NOT NULL
);
CREATE INDEX staff_session_login ON staff_session (login, began_at);
CREATE INDEX staff_session_seen ON staff_session (seen_at);

-- Failures under keyed hashes of logins and addresses, and where a login is known to come from.
CREATE TABLE staff_attempt (
    guard    blob    NOT NULL PRIMARY KEY,
    failures integer NOT NULL,
    at       integer NOT NULL
);
CREATE INDEX staff_attempt_at ON staff_attempt (at);

-- +goose Down
DROP TABLE staff_attempt;
DROP TABLE staff_session;
DROP TABLE staff_recovery;
DROP TABLE staff;
