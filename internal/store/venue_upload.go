package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/venue"
)

var _ venue.UploadStore = (*Store)(nil)

// KeepUpload takes the place of the person's last one; see venue.UploadStore.
func (s *Store) KeepUpload(ctx context.Context, u venue.Upload) error {
	return s.writeAgain(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO venue_upload (login, id, name, data, digest, at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (login) DO UPDATE SET id = excluded.id, name = excluded.name, data = excluded.data, digest = excluded.digest,
			at = excluded.at`, u.Login, u.ID, u.Name, u.Data, u.Digest, u.At.UnixMicro())
		return err
	})
}

// Upload finds a person's; see venue.UploadStore.
func (s *Store) Upload(ctx context.Context, login, id string) (*venue.Upload, error) {
	u := venue.Upload{Login: login, ID: id}
	var at int64
	err := s.engine.reader().QueryRowContext(ctx, "SELECT name, data, digest, at FROM venue_upload WHERE login = $1 AND id = $2", login, id).
		Scan(&u.Name, &u.Data, &u.Digest, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fault.NewMissing("这份表格已经导入，或被后来上传的代替了。请重新上传")
	}
	if err != nil {
		return nil, fmt.Errorf("read an upload: %w", s.readFault(err))
	}
	u.At = moment(at)
	return &u, nil
}

// DropUploads deletes the person's, and all from before a moment; see venue.UploadStore.
func (s *Store) DropUploads(ctx context.Context, login string, before time.Time) error {
	return s.writeAgain(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM venue_upload WHERE login = $1 OR at < $2", login, before.UnixMicro())
		return err
	})
}
