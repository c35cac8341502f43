-- +goose Up
-- Counters of hours, and sums that are made when a day is closed: over channels (channel is '*'), over evaluation objects and
-- channels (both are '*'), and of pentads and months up to that day. Figures are what they were.

SET LOCAL statement_timeout = 0;
LOCK TABLE counter IN ACCESS EXCLUSIVE MODE;

-- period is an hour yyyymmddhh, a day yyyymmdd, a pentad yyyymm1 to yyyymm6 or a month yyyymm. Sums are of lane -1; pairs of place
-- and item (dimensions from 60 on) are counted by month alone, in the lane of their facts. An older program can't fold into
-- this table: its facts wait.
CREATE TABLE counter_planes (
    dimension   smallint NOT NULL,
    period      integer  NOT NULL,
    entity_code text     NOT NULL COLLATE "C",
    channel     text     NOT NULL COLLATE "C",
    code        text     NOT NULL COLLATE "C",
    lane        smallint NOT NULL,
    n1          bigint   NOT NULL,
    n2          bigint   NOT NULL,
    n3          bigint   NOT NULL,
    n4          bigint   NOT NULL,
    n5          bigint   NOT NULL,
    PRIMARY KEY (dimension, period, entity_code, channel, code, lane),
    CHECK (lane < 0 OR period > 9999999 OR dimension >= 60)
) WITH (fillfactor = 70);

INSERT INTO counter_planes (dimension, period, entity_code, channel, code, lane, n1, n2, n3, n4, n5)
SELECT dimension, period, entity_code, channel, code, lane, n1, n2, n3, n4, n5 FROM counter
WHERE period > 999999 OR dimension >= 60
ORDER BY dimension, period, entity_code, channel, code, lane;

-- through is the last day that is closed: none yet of those that were counted or reviewed; 0 where nothing was. hours is the
-- first day of which there are hours; 99999999 is to be replaced by the day after this migration.
CREATE TABLE counter_state (
    id      smallint NOT NULL PRIMARY KEY,
    through integer  NOT NULL,
    hours   integer  NOT NULL,
    folds   bigint   NOT NULL
);
INSERT INTO counter_state (id, through, hours, folds)
SELECT 1, COALESCE(first - 1, 0), CASE WHEN first IS NULL THEN 0 ELSE 99999999 END, 0 FROM (
    SELECT min(day) AS first FROM (
        SELECT min(period) AS day FROM counter WHERE period > 999999
        UNION ALL SELECT CAST(to_char(to_timestamp(min(eval_time) / 1000000) AT TIME ZONE 'UTC' + interval '8 hours', 'YYYYMMDD') AS integer) FROM review
    ) AS days
) AS began;

DROP TABLE counter;
ALTER TABLE counter_planes RENAME TO counter;
ALTER INDEX counter_planes_pkey RENAME TO counter_pkey;

-- +goose Down
CREATE TABLE counter_plain (
    dimension   smallint NOT NULL,
    period      integer  NOT NULL,
    code        text     NOT NULL COLLATE "C",
    entity_code text     NOT NULL COLLATE "C",
    channel     text     NOT NULL COLLATE "C",
    lane        smallint NOT NULL,
    n1          bigint   NOT NULL,
    n2          bigint   NOT NULL,
    n3          bigint   NOT NULL,
    n4          bigint   NOT NULL,
    n5          bigint   NOT NULL,
    PRIMARY KEY (dimension, period, code, entity_code, channel, lane)
) WITH (fillfactor = 70);
INSERT INTO counter_plain (dimension, period, code, entity_code, channel, lane, n1, n2, n3, n4, n5)
SELECT dimension, period, code, entity_code, channel, lane, n1, n2, n3, n4, n5 FROM counter
WHERE channel <> '*' AND (period > 9999999 AND period <= 99999999 OR dimension >= 60);
INSERT INTO counter_plain (dimension, period, code, entity_code, channel, lane, n1, n2, n3, n4, n5)
SELECT dimension, period / 100, code, entity_code, channel, lane, sum(n1), sum(n2), sum(n3), sum(n4), sum(n5) FROM counter
WHERE channel <> '*' AND period > 9999999 AND period <= 99999999
GROUP BY dimension, period / 100, code, entity_code, channel, lane;
DROP TABLE counter;
ALTER TABLE counter_plain RENAME TO counter;
ALTER INDEX counter_plain_pkey RENAME TO counter_pkey;
DROP TABLE counter_state;
