package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/haochaping/haochaping/internal/audit"
)

// ErrNotTest says that a database is not of the test environment.
var ErrNotTest = errors.New("not a database of the test environment")

// Facts of a database that never change once they are set.
const (
	// Environment is the one that first served it, so that test data never count and nothing real is ever emptied.
	Environment = "environment"
	// IndexKey is a fingerprint of the key of identities and blind indexes: under another one nothing would be found again.
	IndexKey = "index key"
)

// Claim sets a fact of the database when it is not set yet, and gives what it is.
func (s *Store) Claim(ctx context.Context, name, value string) (string, error) {
	claimed := ""
	err := s.writeAgain(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
			name, value)
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT value FROM setting WHERE name = $1", name).Scan(&claimed)
	})
	if err != nil {
		return "", fmt.Errorf("claim the database: %w", err)
	}
	return claimed, nil
}

// emptied are the statements that Empty runs: everything that reviews and completed affairs brought, and how far sources were
// read, so that they are read again. Apps, halls and placed codes stay.
var emptied = []string{
	"DELETE FROM moderation_decision", "DELETE FROM erasure_found", "DELETE FROM erasure",
	"DELETE FROM finding_decision", "DELETE FROM finding_review", "DELETE FROM finding", "DELETE FROM examined_day", "DELETE FROM review_origin",
	"DELETE FROM scan", "DELETE FROM venue_upload",
	"DELETE FROM case_file", "DELETE FROM case_event",
	"DELETE FROM delivery", "DELETE FROM notice", "DELETE FROM job_attempt", "DELETE FROM job",
	"DELETE FROM counter_change", "DELETE FROM counter", "DELETE FROM followup", "DELETE FROM withdrawal", "DELETE FROM receipt", "DELETE FROM review",
	"DELETE FROM once", "DELETE FROM affair", "DELETE FROM affair_rejected", "DELETE FROM affair_cursor",
	"DELETE FROM affair_again", "DELETE FROM app_refusal", "DELETE FROM app_answer",
	"DELETE FROM affair_source", "DELETE FROM session", "DELETE FROM nonce", "DELETE FROM item WHERE pending", "DELETE FROM department WHERE pending",
	"DELETE FROM region WHERE pending",
}

// Empty deletes every review and affair of a database of the test environment; ErrNotTest for any other. Reviews and affairs that come
// meanwhile wait, and are there whole; pending codes are registered again when a process has loaded the registers.
func (s *Store) Empty(ctx context.Context, test string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if err := s.engine.unhurried(ctx, tx); err != nil {
			return err
		}
		var environment string
		err := tx.QueryRowContext(ctx, "SELECT value FROM setting WHERE name = $1", Environment).Scan(&environment)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if environment != test {
			return ErrNotTest
		}
		if err := s.engine.shut(ctx, tx); err != nil {
			return err
		}
		if _, err := holdCounters(ctx, tx); err != nil {
			return err
		}
		for _, statement := range emptied {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return s.note(ctx, tx, audit.Entry{Action: "database.empty", Object: "database"})
	})
}
