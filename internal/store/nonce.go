package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/integrator"
)

var _ integrator.NonceStore = (*Store)(nil)

// ClaimNonces remembers nonces; see integrator.NonceStore. They are taken in the order of their keys, so that nodes that claim at
// once wait for each other and no more.
func (s *Store) ClaimNonces(ctx context.Context, nonces []integrator.Nonce) (fresh []bool, err error) {
	sorted := slices.Clone(nonces)
	slices.SortFunc(sorted, func(a, b integrator.Nonce) int { return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Text, b.Text)) })
	var rows strings.Builder
	arguments := make([]any, 0, 3*len(sorted))
	for i, n := range sorted {
		_, _ = fmt.Fprintf(&rows, ", ($%d, $%d, $%d)", 3*i+1, 3*i+2, 3*i+3)
		arguments = append(arguments, n.App, n.Text, n.Until.UnixMicro())
	}
	//nolint:gosec // placeholders alone are put together
	statement := "INSERT INTO nonce (app_code, nonce, expires_at) VALUES " + rows.String()[2:] + " ON CONFLICT DO NOTHING RETURNING app_code, nonce"
	type key struct{ app, text string }
	var claimed map[key]bool
	err = s.write(ctx, func(tx *sql.Tx) error {
		claimed = make(map[key]bool, len(nonces))
		rows, err := tx.QueryContext(ctx, statement, arguments...)
		return each(rows, err, func(rows *sql.Rows) error {
			var k key
			err := rows.Scan(&k.app, &k.text)
			claimed[k] = true
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("claim nonces: %w", err)
	}
	fresh = make([]bool, len(nonces))
	for i, n := range nonces {
		fresh[i] = claimed[key{n.App, n.Text}]
	}
	return fresh, nil
}

// NonceUsed says whether a nonce is remembered; see integrator.UsedNonces.
func (s *Store) NonceUsed(ctx context.Context, app, text string) (bool, error) {
	var n int
	err := s.engine.reader().QueryRowContext(ctx, "SELECT count(*) FROM nonce WHERE app_code = $1 AND nonce = $2", app, text).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look up nonce: %w", s.readFault(err))
	}
	return n > 0, nil
}

// noncesSwept is the most nonces that one transaction forgets: a fraction of a second's work.
const noncesSwept = 5000

// SweepNonces forgets nonces of calls that are too old to be taken again; see integrator.NonceStore.
func (s *Store) SweepNonces(ctx context.Context) (done bool, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM nonce WHERE (app_code, nonce) IN (
			SELECT app_code, nonce FROM nonce WHERE expires_at < $1 ORDER BY expires_at, app_code, nonce LIMIT $2)`,
			s.now().UnixMicro(), noncesSwept)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		done = n < noncesSwept
		return err
	})
	if err != nil {
		return false, fmt.Errorf("sweep nonces: %w", err)
	}
	return done, nil
}
