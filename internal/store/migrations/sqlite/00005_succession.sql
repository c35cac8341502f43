-- +goose Up
-- What became of codes that were given up, reviews that were withdrawn, and how far cases have come.

-- What was counted under the former code counts under the new one, and what still arrives under it, too. A code is given up
-- once: no unit is in two others. moved_at is when the last look through all records began that moved what was left, 0 never.
CREATE TABLE succession (
    kind     text NOT NULL,
    former   text NOT NULL,
    code     text NOT NULL,
    at       integer NOT NULL,
    moved_at integer NOT NULL,
    PRIMARY KEY (kind, former)
);

-- How far such a look has come; there is a row while it goes on.
CREATE TABLE moving (
    id    integer NOT NULL PRIMARY KEY,
    token text NOT NULL,
    stage integer NOT NULL,
    place text NOT NULL,
    begun integer NOT NULL
);

-- Reviews with state 3 were withdrawn: they are kept, and counted and listed nowhere.
CREATE TABLE withdrawal (
    slot   integer NOT NULL,
    serial text NOT NULL,
    at     integer NOT NULL,
    why    text NOT NULL,
    PRIMARY KEY (slot, serial)
);

-- progress is the sum of 1 rectified, 2 rectified in time, 4 called back, 8 satisfied.
ALTER TABLE followup ADD COLUMN progress integer NOT NULL DEFAULT 0;

-- Cases are counted from now on, those that were opened before included: dimensions 1 to 6 are regions by level, 7
-- departments, 8 halls; n1 is how many were opened.
INSERT INTO counter (dimension, period, code, entity_code, channel, lane, n1, n2, n3, n4, n5)
SELECT 1, r.day, '0', r.entity_code, r.channel, 0, count(*), 0, 0, 0, 0
FROM followup f JOIN review r ON r.slot = f.slot AND r.serial = f.serial
GROUP BY r.day, r.entity_code, r.channel;
INSERT INTO counter (dimension, period, code, entity_code, channel, lane, n1, n2, n3, n4, n5)
SELECT 2, r.day, substr(r.region_code, 1, 2) || '0000000000', r.entity_code, r.channel, 0, count(*), 0, 0, 0, 0
FROM followup f JOIN review r ON r.slot = f.slot AND r.serial = f.serial
WHERE length(r.region_code) = 12
GROUP BY r.day, substr(r.region_code, 1, 2) || '0000000000', r.entity_code, r.channel;
INSERT INTO counter (dimension, period, code, entity_code, channel, lane, n1, n2, n3, n4, n5)
SELECT 3, r.day, substr(r.region_code, 1, 4) || '00000000', r.entity_code, r.channel, 0, count(*), 0, 0, 0, 0
FROM followup f JOIN review r ON r.slot = f.slot AND r.serial = f.serial
WHERE length(r.region_code) = 12 AND substr(r.region_code, 3, 2) <> '00'
GROUP BY r.day, substr(r.region_code, 1, 4) || '00000000', r.entity_code, r.channel;
INSERT INTO counter (dimension, period, code, entity_code, channel, lane, n1, n2, n3, n4, n5)
SELECT 4, r.day, substr(r.region_code, 1, 6) || '000000', r.entity_code, r.channel, 0, count(*), 0, 0, 0, 0
FROM followup f JOIN review r ON r.slot = f.slot AND r.serial = f.serial
WHERE length(r.region_code) = 12 AND substr(r.region_code, 5, 2) <> '00'
GROUP BY r.day, substr(r.region_code, 1, 6) || '000000', r.entity_code, r.channel;
INSERT INTO counter (dimension, period, code, entity_code, channel, lane, n1, n2, n3, n4, n5)
SELECT 5, r.day, substr(r.region_code, 1, 9) || '000', r.entity_code, r.channel, 0, count(*), 0, 0, 0, 0
FROM followup f JOIN review r ON r.slot = f.slot AND r.serial = f.serial
WHERE length(r.region_code) = 12 AND substr(r.region_code, 7, 3) <> '000'
GROUP BY r.day, substr(r.region_code, 1, 9) || '000', r.entity_code, r.channel;
INSERT INTO counter (dimension, period, code, entity_code, channel, lane, n1, n2, n3, n4, n5)
SELECT 6, r.day, r.region_code, r.entity_code, r.channel, 0, count(*), 0, 0, 0, 0
FROM followup f JOIN review r ON r.slot = f.slot AND r.serial = f.serial
WHERE length(r.region_code) = 12 AND substr(r.region_code, 10, 3) <> '000'
GROUP BY r.day, r.region_code, r.entity_code, r.channel;
INSERT INTO counter (dimension, period, code, entity_code, channel, lane, n1, n2, n3, n4, n5)
SELECT 7, r.day, r.department_code, r.entity_code, r.channel, 0, count(*), 0, 0, 0, 0
FROM followup f JOIN review r ON r.slot = f.slot AND r.serial = f.serial
WHERE r.department_code <> ''
GROUP BY r.day, r.department_code, r.entity_code, r.channel;
INSERT INTO counter (dimension, period, code, entity_code, channel, lane, n1, n2, n3, n4, n5)
SELECT 8, r.day, r.hall_code, r.entity_code, r.channel, 0, count(*), 0, 0, 0, 0
FROM followup f JOIN review r ON r.slot = f.slot AND r.serial = f.serial
WHERE r.hall_code <> ''
GROUP BY r.day, r.hall_code, r.entity_code, r.channel;

-- +goose Down
DELETE FROM counter WHERE dimension < 10;
ALTER TABLE followup DROP COLUMN progress;
DROP TABLE withdrawal;
DROP TABLE moving;
DROP TABLE succession;
