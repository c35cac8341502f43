-- +goose Up
-- What administrators have set while the platform runs. Each version is all that is set at once, and what was set before, as JSON
-- by name; none is ever changed, and the last one counts.
CREATE TABLE setting_version (
    version  integer NOT NULL PRIMARY KEY,
    settings text    NOT NULL,
    former   text    NOT NULL,
    actor    text    NOT NULL,
    at       bigint  NOT NULL,
    reason   text    NOT NULL
);

-- +goose Down
DROP TABLE setting_version;
