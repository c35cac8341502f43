package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
)

// ownColumns are of a review r with the case f that follows it up, if any.
const ownColumns = `r.serial, r.entity_code, r.item_name, r.stars, r.tags, r.eval_time, r.sealed, r.kind, r.subject, r.hall_code, r.window_code,
	r.state, coalesce(f.state, '')`

// Holder finds the review that holds a once-only key; see review.Store.
func (s *Store) Holder(ctx context.Context, slot int, once privacy.Digest) (identity privacy.Digest, serial string, err error) {
	var held []byte
	err = s.engine.reader().QueryRowContext(ctx, takenQuery, slot, once[:]).Scan(&held, &serial)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return identity, "", nil
	case err != nil:
		return identity, "", fmt.Errorf("find a submission: %w", s.readFault(err))
	}
	copy(identity[:], held)
	return identity, serial, nil
}

// ByReceipt finds the review of a receipt; see review.Store.
func (s *Store) ByReceipt(ctx context.Context, slot int, key privacy.Digest) (review.OwnListed, bool, error) {
	found, err := s.own(ctx, `SELECT `+ownColumns+` FROM receipt c
		JOIN review r ON r.slot = c.slot AND r.serial = c.serial
		LEFT JOIN followup f ON f.slot = r.slot AND f.serial = r.serial
		WHERE c.slot = $1 AND c.code = $2`, slot, key[:])
	if err != nil || len(found) == 0 {
		return review.OwnListed{}, false, err
	}
	return found[0], true, nil
}

// ByPerson lists a person's reviews; see review.Store.
func (s *Store) ByPerson(ctx context.Context, person privacy.Digest, after *review.Position, limit int) ([]review.OwnListed, error) {
	from, arguments := "", []any{person[:], limit}
	if after != nil {
		from = "AND (r.eval_time, r.serial) < ($3, $4)"
		arguments = append(arguments, after.EvalTime.UnixMicro(), after.Serial)
	}
	return s.own(ctx, `SELECT `+ownColumns+` FROM review r
		LEFT JOIN followup f ON f.slot = r.slot AND f.serial = r.serial
		WHERE r.person_index = $1 `+from+` ORDER BY r.eval_time DESC, r.serial DESC LIMIT $2`, arguments...)
}

func (s *Store) own(ctx context.Context, query string, arguments ...any) ([]review.OwnListed, error) {
	var found []review.OwnListed
	rows, err := s.engine.reader().QueryContext(ctx, query, arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		var r review.OwnListed
		var tags string
		var at int64
		var state review.Validity
		err := rows.Scan(&r.Serial, &r.EntityCode, &r.ItemName, &r.Stars, &tags, &at, &r.Sealed, &r.Kind, &r.Subject, &r.HallCode, &r.WindowCode,
			&state, &r.CaseState)
		r.Tags, r.EvalTime = splitTags(tags), time.UnixMicro(at)
		r.Unverified, r.Withdrawn = state == review.Unverified, state == review.Withdrawn
		found = append(found, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read own reviews: %w", s.readFault(err))
	}
	return found, nil
}

// ItemName is the name of a registered item; empty when it has none or is not registered.
func (s *Store) ItemName(ctx context.Context, code string) (string, error) {
	var name string
	err := s.engine.reader().QueryRowContext(ctx, "SELECT name FROM item WHERE code = $1", code).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return name, s.readFault(err)
}
