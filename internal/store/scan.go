package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/haochaping/haochaping/internal/venue"
)

var _ venue.ScanStore = (*Store)(nil)

var scanAddition = &insertion{
	table:    "scan",
	columns:  []column{{"window_code", "text"}, {"day", "int4"}, {"opened", "int8"}},
	conflict: "ON CONFLICT (window_code, day) DO UPDATE SET opened = scan.opened + excluded.opened",
}

// AddScans adds to what is kept; see venue.ScanStore. In the order of their keys, so that two processes don't wait for one another
// crosswise.
func (s *Store) AddScans(ctx context.Context, scans []venue.Scan) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		return s.engine.insertMany(ctx, tx, scanAddition, rowsOf(scans, func(scan venue.Scan) []any {
			return []any{scan.Window, scan.Day, scan.Opened}
		}))
	})
}

// Scans gives those of windows from one day to another, both included, by window and day.
func (s *Store) Scans(ctx context.Context, windows []string, from, to int) ([]venue.Scan, error) {
	var scans []venue.Scan
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT window_code, day, opened FROM scan WHERE "+
		s.engine.anyText("window_code", "$1")+" AND day >= $2 AND day <= $3 ORDER BY window_code, day", s.engine.texts(windows), from, to)
	err = each(rows, err, func(rows *sql.Rows) error {
		var scan venue.Scan
		err := rows.Scan(&scan.Window, &scan.Day, &scan.Opened)
		scans = append(scans, scan)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read scans: %w", s.readFault(err))
	}
	return scans, nil
}
