package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/haochaping/haochaping/internal/privacy"
)

var _ scs.CtxStore = (*Sessions)(nil)

// Sessions keeps browsers' sessions for scs. A token is kept as a keyed hash, so that the database gives nobody a cookie; what
// a session holds is sealed to its token.
type Sessions struct {
	store   *Store
	sealer  *privacy.Sealer
	blinder *privacy.Blinder
}

// Sessions gives the sessions of this database. Every process that shares it must have the same keys.
func (s *Store) Sessions(sealer *privacy.Sealer, blinder *privacy.Blinder) *Sessions {
	return &Sessions{store: s, sealer: sealer, blinder: blinder}
}

// sessionEnded stands where the data of an ended session stood, until it expires: a request that was under way when the person
// logged out must not bring it back.
var sessionEnded = []byte{0}

// FindCtx gives the data of a session. One that expired or ended, or that does not open with our keys, is not found.
func (s *Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	key := s.blinder.Digest("session", token)
	var sealed []byte
	err = s.store.engine.reader().QueryRowContext(ctx, "SELECT data FROM session WHERE token = $1 AND expires_at > $2",
		key[:], s.store.now().UnixMicro()).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, s.store.readFault(err)
	}
	data, err = s.sealer.Open(sealed, sessionContext(key))
	if err != nil {
		return nil, false, nil //nolint:nilerr // it ended, or its key was retired: the person logs in again
	}
	return data, true, nil
}

// CommitCtx stores the data of a session until expiry.
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	key := s.blinder.Digest("session", token)
	sealed := s.sealer.Seal(data, sessionContext(key))
	return s.store.writeAgain(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO session (token, data, expires_at) VALUES ($1, $2, $3)
			ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at WHERE session.data <> $4`,
			key[:], sealed, expiry.UnixMicro(), sessionEnded)
		return err
	})
}

// DeleteCtx ends a session for good.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	key := s.blinder.Digest("session", token)
	return s.store.writeAgain(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE session SET data = $2 WHERE token = $1", key[:], sessionEnded)
		return err
	})
}

// sessionContext binds the data of a session to its row.
func sessionContext(key privacy.Digest) string { return "session:" + hex.EncodeToString(key[:]) }

// SweepPiece is the most sessions that one Sweep deletes.
const SweepPiece = 1000

// Sweep deletes expired sessions in one short transaction and says how many; when it was SweepPiece, there may be more.
func (s *Sessions) Sweep(ctx context.Context) (deleted int, err error) {
	err = s.store.write(ctx, func(tx *sql.Tx) error {
		// The outer condition is for one that another process renews meanwhile.
		result, err := tx.ExecContext(ctx, `DELETE FROM session WHERE expires_at <= $1 AND token IN (
			SELECT token FROM session WHERE expires_at <= $1 ORDER BY expires_at, token LIMIT $2)`,
			s.store.now().UnixMicro(), SweepPiece)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		deleted = int(n)
		return err
	})
	return deleted, err
}

// sessionTimeout bounds the calls of scs.Store, which bring no context.
const sessionTimeout = 5 * time.Second

// Find is FindCtx for callers without a context.
func (s *Sessions) Find(token string) (data []byte, found bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), sessionTimeout)
	defer cancel()
	return s.FindCtx(ctx, token)
}

// Commit is CommitCtx for callers without a context.
func (s *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	ctx, cancel := context.WithTimeout(context.Background(), sessionTimeout)
	defer cancel()
	return s.CommitCtx(ctx, token, data, expiry)
}

// Delete is DeleteCtx for callers without a context.
func (s *Sessions) Delete(token string) error {
	ctx, cancel := context.WithTimeout(context.Background(), sessionTimeout)
	defer cancel()
	return s.DeleteCtx(ctx, token)
}
