package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/integrator"
)

const appColumns = "app_code, paasid, name, entities, require_digest, require_signed_code, affairs, disabled, rate, version, secret, old_secret"

// Apps lists all apps; see integrator.Store.
func (s *Store) Apps(ctx context.Context) ([]integrator.Stored, error) {
	var apps []integrator.Stored
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT "+appColumns+" FROM app ORDER BY app_code")
	err = each(rows, err, func(rows *sql.Rows) error {
		app, err := scanApp(rows)
		apps = append(apps, app)
		return err
	})
	return apps, s.readFault(err)
}

func scanApp(row interface{ Scan(...any) error }) (integrator.Stored, error) {
	var app integrator.Stored
	var entities string
	var secret, old []byte
	err := row.Scan(&app.Code, &app.PaasID, &app.Name, &entities, &app.RequireDigest, &app.RequireSignedCode, &app.Affairs, &app.Disabled, &app.Rate,
		&app.Version, &secret, &old)
	app.Entities = strings.Split(entities, ",")
	app.Sealed = [][]byte{secret}
	if old != nil {
		app.Sealed = append(app.Sealed, old)
	}
	return app, err
}

func appRow(app *integrator.Stored) []any {
	var old []byte
	if len(app.Sealed) > 1 {
		old = app.Sealed[1]
	}
	return []any{
		app.Code, app.PaasID, app.Name, strings.Join(app.Entities, ","), app.RequireDigest, app.RequireSignedCode, app.Affairs,
		app.Disabled, app.Rate, app.Version, app.Sealed[0], old,
	}
}

// CreateApp adds an app; see integrator.Store.
func (s *Store) CreateApp(ctx context.Context, app integrator.Stored, entry audit.Entry) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO app ("+appColumns+", created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
			append(appRow(&app), s.now().UnixMicro())...)
		if err != nil {
			return err
		}
		return s.note(ctx, tx, entry)
	})
	if errors.Is(err, errDuplicate) {
		return integrator.ErrExists
	}
	return err
}

// ChangeApp replaces an app in one transaction; see integrator.Store.
func (s *Store) ChangeApp(ctx context.Context, code string, change func(*integrator.Stored) (audit.Entry, error)) (found bool, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		// Takes the row before it is read, on every engine: two changes at once are both kept.
		if _, err := tx.ExecContext(ctx, "UPDATE app SET name = name WHERE app_code = $1", code); err != nil {
			return err
		}
		app, err := scanApp(tx.QueryRowContext(ctx, "SELECT "+appColumns+" FROM app WHERE app_code = $1", code))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		found = true
		entry, err := change(&app)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE app SET paasid = $2, name = $3, entities = $4, require_digest = $5,
			require_signed_code = $6, affairs = $7, disabled = $8, rate = $9, version = $10, secret = $11,
			old_secret = $12 WHERE app_code = $1`, appRow(&app)...)
		if err != nil {
			return err
		}
		return s.note(ctx, tx, entry)
	})
	return found, err
}
