-- +goose Up
-- How staff look for reviews: each list walks one of these in order (store/search_walk.go). Halls and what does not count are few,
-- so their indexes cost the way in little.
SET LOCAL statement_timeout = 0;
CREATE INDEX review_department_newest ON review (department_code, eval_time, serial);
CREATE INDEX review_hall_newest ON review (hall_code, eval_time, serial) WHERE hall_code <> '';
CREATE INDEX review_apart_newest ON review (state, eval_time, serial) WHERE state > 1;

-- +goose Down
DROP INDEX review_apart_newest;
DROP INDEX review_hall_newest;
DROP INDEX review_department_newest;
