package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/moderation"
)

// WordLists are all versions; see moderation.Store.
func (s *Store) WordLists(ctx context.Context) ([]moderation.WordList, error) {
	var lists []moderation.WordList
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT version, note, actor, at FROM word_list ORDER BY version DESC")
	err = each(rows, err, func(rows *sql.Rows) error {
		var l moderation.WordList
		var at int64
		err := rows.Scan(&l.Version, &l.Note, &l.Actor, &at)
		l.At = time.UnixMicro(at)
		lists = append(lists, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list word lists: %w", s.readFault(err))
	}
	return lists, nil
}

// WordList is one version; see moderation.Store.
func (s *Store) WordList(ctx context.Context, version int) (moderation.WordList, error) {
	l := moderation.WordList{Version: version}
	var at int64
	err := s.engine.reader().QueryRowContext(ctx, "SELECT words, note, actor, at FROM word_list WHERE version = $1", version).
		Scan(&l.Text, &l.Note, &l.Actor, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return l, noWordList(version)
	}
	if err != nil {
		return l, fmt.Errorf("read a word list: %w", s.readFault(err))
	}
	l.At = time.UnixMicro(at)
	return l, nil
}

func noWordList(version int) error {
	return fault.NewMissing(fmt.Sprintf("没有版本 %d 的词表", version))
}

// AddWordList stores a new version; see moderation.Store.
func (s *Store) AddWordList(ctx context.Context, list moderation.WordList) (version int, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		// The row that says which counts keeps two from taking one number.
		var active int
		if err := tx.QueryRowContext(ctx, "SELECT version FROM word_list_active WHERE id = 1"+s.engine.locking()).Scan(&active); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) + 1 FROM word_list").Scan(&version); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO word_list (version, words, note, actor, at) VALUES ($1, $2, $3, $4, $5)",
			version, list.Text, list.Note, list.Actor, s.now().UnixMicro())
		if err != nil {
			return err
		}
		return s.note(ctx, tx, audit.Entry{Action: "words.add", Object: "words:" + strconv.Itoa(version), After: list.Note})
	})
	if err != nil {
		return 0, fmt.Errorf("add a word list: %w", err)
	}
	return version, nil
}

// ActiveWords says which version counts; see moderation.Store.
func (s *Store) ActiveWords(ctx context.Context) (version, rechecked int, err error) {
	err = s.engine.reader().QueryRowContext(ctx, "SELECT version, rechecked FROM word_list_active WHERE id = 1").Scan(&version, &rechecked)
	if err != nil {
		return 0, 0, fmt.Errorf("read which word list counts: %w", s.readFault(err))
	}
	return version, rechecked, nil
}

// ActivateWords makes a version count; see moderation.Store.
func (s *Store) ActivateWords(ctx context.Context, version int) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		var was int
		if err := tx.QueryRowContext(ctx, "SELECT version FROM word_list_active WHERE id = 1"+s.engine.locking()).Scan(&was); err != nil {
			return err
		}
		if was == version {
			return nil
		}
		if version != 0 {
			var there int
			err := tx.QueryRowContext(ctx, "SELECT version FROM word_list WHERE version = $1", version).Scan(&there)
			if errors.Is(err, sql.ErrNoRows) {
				return noWordList(version)
			}
			if err != nil {
				return err
			}
		}
		// What waits is to be checked by it, whatever it was checked by before.
		if _, err := tx.ExecContext(ctx, "UPDATE word_list_active SET version = $1, rechecked = -1 WHERE id = 1", version); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.Entry{
			Action: "words.activate", Object: "words:" + strconv.Itoa(version), Before: strconv.Itoa(was), After: strconv.Itoa(version),
		})
	})
	if err != nil {
		return fmt.Errorf("activate a word list: %w", err)
	}
	return nil
}

// Rechecked notes by which version what waits was checked; see moderation.Store.
func (s *Store) Rechecked(ctx context.Context, version int) error {
	err := s.writeAgain(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE word_list_active SET rechecked = $1 WHERE id = 1 AND version = $1", version)
		return err
	})
	if err != nil {
		return fmt.Errorf("note that remarks were checked again: %w", err)
	}
	return nil
}
