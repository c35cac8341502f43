-- +goose Up
-- Members of staff: accounts, their sessions, and how often somebody failed to log in.

-- role and state are identity's. region_code, department_code and hall_code bound what the person sees; seat_code is the region
-- of his unit. E-mail address and TOTP secrets are sealed. version grows with every change by an administrator.
CREATE TABLE staff (
    login           text     NOT NULL COLLATE "C" PRIMARY KEY,
    name            text     NOT NULL,
    role            text     NOT NULL,
    region_code     text     NOT NULL COLLATE "C",
    department_code text     NOT NULL,
    hall_code       text     NOT NULL,
    seat_code       text     NOT NULL COLLATE "C",
    work_no         text     NOT NULL,
    state           text     NOT NULL,
    password        text     NOT NULL,
    must_change     boolean  NOT NULL,
    email           bytea,
    totp            bytea,
    totp_pending    bytea,
    totp_step       bigint   NOT NULL,
    created_at      bigint   NOT NULL,
    login_at        bigint   NOT NULL,
    version         integer  NOT NULL
);

-- Keyed hashes of codes that stand in for the second factor, once each.
CREATE TABLE staff_recovery (
    login text  NOT NULL COLLATE "C",
    code  bytea NOT NULL,
    PRIMARY KEY (login, code)
);

-- token is a keyed hash of the cookie's; second says that the second factor was given.
CREATE TABLE staff_session (
    token    bytea   NOT NULL PRIMARY KEY,
    login    text    NOT NULL COLLATE "C",
    began_at bigint  NOT NULL,
    seen_at  bigint  NOT NULL,
    address  text    NOT NULL,
    agent    text    NOT NULL,
    second   boolean NOT NULL
);
CREATE INDEX staff_session_login ON staff_session (login, began_at);
CREATE INDEX staff_session_seen ON staff_session (seen_at);

-- Failures under keyed hashes of logins and addresses, and where a login is known to come from.
CREATE TABLE staff_attempt (
    guard    bytea   NOT NULL PRIMARY KEY,
    failures integer NOT NULL,
    at       bigint  NOT NULL
);
CREATE INDEX staff_attempt_at ON staff_attempt (at);

-- +goose Down
DROP TABLE staff_attempt, staff_session, staff_recovery, staff;
