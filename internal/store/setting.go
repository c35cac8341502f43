package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/setting"
)

var _ setting.Store = (*Store)(nil)

const settingColumns = "version, settings, former, actor, at, reason"

func scanSettings(scan func(...any) error) (v setting.Version, err error) {
	var set, former string
	var at int64
	if err = scan(&v.Number, &set, &former, &v.Actor, &at, &v.Reason); err != nil {
		return v, err
	}
	v.At = moment(at)
	return v, errors.Join(json.Unmarshal([]byte(set), &v.Set), json.Unmarshal([]byte(former), &v.Former))
}

// lastSettings is the version that counts; the zero one where there is none.
func lastSettings(ctx context.Context, query func(context.Context, string, ...any) *sql.Row) (setting.Version, error) {
	v, err := scanSettings(query(ctx, "SELECT "+settingColumns+" FROM setting_version ORDER BY version DESC LIMIT 1").Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return setting.Version{}, nil
	}
	return v, err
}

// LastSettings is the version that counts; see setting.Store.
func (s *Store) LastSettings(ctx context.Context) (setting.Version, error) {
	v, err := lastSettings(ctx, s.engine.reader().QueryRowContext)
	if err != nil {
		return v, fmt.Errorf("read the settings: %w", s.readFault(err))
	}
	return v, nil
}

// SettingVersions are versions by a query; see setting.Store.
func (s *Store) SettingVersions(ctx context.Context, q setting.Query) ([]setting.Version, error) {
	var w conditions
	w.add("version > 0")
	w.when(q.Actor != "", "actor = ?", q.Actor)
	w.when(!q.From.IsZero(), "at >= ?", q.From.UnixMicro())
	w.when(!q.To.IsZero(), "at < ?", q.To.UnixMicro())
	w.when(q.Before > 0, "version < ?", q.Before)
	query := "SELECT " + settingColumns + " FROM setting_version WHERE " + w.text() +
		fmt.Sprintf(" ORDER BY version DESC LIMIT %d", min(max(q.Limit, 1), setting.MaxPage))
	var found []setting.Version
	rows, err := s.engine.reader().QueryContext(ctx, query, w.arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		v, err := scanSettings(rows.Scan)
		found = append(found, v)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list versions of the settings: %w", s.readFault(err))
	}
	return found, nil
}

// AddSettings keeps a version; see setting.Store. Two that come at once want the same number: the primary key lets one in.
func (s *Store) AddSettings(ctx context.Context, seen int, v setting.Version, before, after string) error {
	set, err := json.Marshal(v.Set, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	former, err := json.Marshal(v.Former, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		last, err := lastSettings(ctx, tx.QueryRowContext)
		if err != nil {
			return err
		}
		if last.Number != seen {
			return setting.Outdated(&last)
		}
		result, err := tx.ExecContext(ctx, "INSERT INTO setting_version ("+settingColumns+") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (version) DO NOTHING",
			seen+1, string(set), string(former), v.Actor, s.now().UnixMicro(), v.Reason)
		if err != nil {
			return err
		}
		if inserted, err := result.RowsAffected(); err != nil {
			return err
		} else if inserted == 0 {
			return setting.Outdated(&setting.Version{})
		}
		return s.note(ctx, tx, audit.Entry{Action: "settings.change", Object: "settings", Before: before, After: after, Reason: v.Reason})
	})
	if err != nil {
		return fmt.Errorf("keep settings: %w", err)
	}
	return nil
}
