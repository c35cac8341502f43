-- +goose Up
-- The nonces of calls with the stronger signature, so that a call that is sent again word for word is refused, by
-- whichever node. app_code is empty where a gateway signs for all of them. A row is of no use after expires_at.
CREATE TABLE nonce (
    app_code   text   NOT NULL COLLATE "C",
    nonce      text   NOT NULL COLLATE "C",
    expires_at bigint NOT NULL,
    PRIMARY KEY (app_code, nonce)
);
CREATE INDEX nonce_expires ON nonce (expires_at);

-- +goose Down
DROP TABLE nonce;
