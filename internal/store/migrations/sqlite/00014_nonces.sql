-- +goose Up
-- The nonces of calls with the stronger signature, so that a call that is sent again word for word is refused, by
-- whichever node. app_code is empty where a gateway signs for all of them. A row is of no use after expires_at.
CREATE TABLE nonce (
    app_code   text    NOT NULL,
    nonce      text    NOT NULL,
    expires_at integer NOT NULL,
    PRIMARY KEY (app_code, nonce)
) WITHOUT ROWID;
CREATE INDEX nonce_expires ON nonce (expires_at);

-- +goose Down
DROP TABLE nonce;
