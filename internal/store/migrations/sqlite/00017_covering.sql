-- +goose Up
-- What a list of a city looks at in each entry stands in the index, so that only what fits is read from the table.
DROP INDEX review_newest;
DROP INDEX review_bad_newest;
CREATE INDEX review_newest ON review (eval_time, serial, region_code);
CREATE INDEX review_bad_newest ON review (eval_time, serial, region_code, department_code, hall_code) WHERE stars <= 2;

-- +goose Down
DROP INDEX review_bad_newest;
DROP INDEX review_newest;
CREATE INDEX review_newest ON review (eval_time, serial);
CREATE INDEX review_bad_newest ON review (eval_time, serial) WHERE stars <= 2;
