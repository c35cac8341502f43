package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/catalog"
)

var _ catalog.TagStore = (*Store)(nil)

var tagChange = &insertion{
	table: "tag",
	columns: []column{
		{"tag_id", "text"}, {"entity_code", "text"}, {"stars", "int2"}, {"name", "text"}, {"core", "bool"}, {"retired", "bool"}, {"position", "int4"},
	},
	conflict: "ON CONFLICT (tag_id, entity_code) DO UPDATE SET core = excluded.core, retired = excluded.retired, position = excluded.position",
}

// readTags reads all tags.
func readTags(ctx context.Context, tx *sql.Tx) ([]catalog.Tag, error) {
	return all(ctx, tx, "SELECT tag_id, entity_code, stars, name, core, retired, position FROM tag ORDER BY tag_id, entity_code",
		func(t *catalog.Tag) []any {
			return []any{&t.ID, &t.Entity, &t.Stars, &t.Name, &t.Core, &t.Retired, &t.Position}
		})
}

// TagVersions are all versions of a set; see catalog.TagStore.
func (s *Store) TagVersions(ctx context.Context, entity string, stars int) (versions []catalog.TagVersion, err error) {
	rows, err := s.engine.reader().QueryContext(ctx, `SELECT version, tags, note, actor, at FROM tag_version
		WHERE entity_code = $1 AND stars = $2 ORDER BY version DESC`, entity, stars)
	err = each(rows, err, func(rows *sql.Rows) error {
		v := catalog.TagVersion{Entity: entity, Stars: stars}
		var text string
		var at int64
		if err := rows.Scan(&v.Version, &text, &v.Note, &v.Actor, &at); err != nil {
			return err
		}
		v.At = moment(at)
		versions = append(versions, v)
		return json.Unmarshal([]byte(text), &versions[len(versions)-1].Choices)
	})
	if err != nil {
		return nil, fmt.Errorf("read versions of tags: %w", s.readFault(err))
	}
	return versions, nil
}

// AddTagVersions stores versions that count from now on; see catalog.TagStore.
func (s *Store) AddTagVersions(ctx context.Context, versions []catalog.TagVersion, action string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		for i := range versions {
			if err := s.addTagVersion(ctx, tx, &versions[i]); err != nil {
				return err
			}
		}
		for i := range versions {
			v := &versions[i]
			before, err := s.tagsBefore(ctx, tx, v)
			if err != nil {
				return err
			}
			err = s.note(ctx, tx, audit.Entry{
				Action: action, Object: "tags:" + v.Entity + "/" + strconv.Itoa(v.Stars), Before: before,
				After: fmt.Sprintf("%d: %s", v.Version, told(v.Choices)), Reason: v.Note,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errDuplicate) {
		return errors.Join(catalog.ErrStale, err)
	}
	return err
}

// addTagVersion adds one version and makes the tags what it says.
func (s *Store) addTagVersion(ctx context.Context, tx *sql.Tx, v *catalog.TagVersion) error {
	were, err := all(ctx, tx, `SELECT tag_id, entity_code, stars, name, core, retired, position FROM tag
		WHERE entity_code = $1 AND stars = $2 ORDER BY CASE WHEN core THEN 0 ELSE 1 END, position, tag_id`+s.engine.locking(), func(t *catalog.Tag) []any {
		return []any{&t.ID, &t.Entity, &t.Stars, &t.Name, &t.Core, &t.Retired, &t.Position}
	}, v.Entity, v.Stars)
	if err != nil {
		return err
	}
	if v.Version == 1 {
		first := catalog.TagVersion{Entity: v.Entity, Stars: v.Stars, Actor: audit.System}
		for _, t := range were {
			if !t.Retired {
				first.Choices = append(first.Choices, catalog.Choice{ID: t.ID, Name: t.Name, Core: t.Core})
			}
		}
		if len(first.Choices) > 0 {
			if err := s.insertTagVersion(ctx, tx, &first, 0); err != nil {
				return err
			}
		}
	} else {
		var last int
		err := tx.QueryRowContext(ctx, "SELECT coalesce(max(version), 0) FROM tag_version WHERE entity_code = $1 AND stars = $2", v.Entity, v.Stars).Scan(&last)
		if err != nil {
			return err
		}
		if last != v.Version-1 {
			return catalog.ErrStale
		}
	}
	if v.Actor = audit.From(ctx).Actor; v.Actor == "" {
		v.Actor = audit.System
	}
	v.At = s.now()
	if err := s.insertTagVersion(ctx, tx, v, v.At.UnixMicro()); err != nil {
		return err
	}
	offered := map[string]bool{}
	var rows [][]any
	for n, c := range v.Choices {
		offered[c.ID] = true
		var others int
		err := tx.QueryRowContext(ctx, "SELECT count(*) FROM tag WHERE tag_id = $1 AND (stars <> $2 OR name <> $3)", c.ID, v.Stars, c.Name).Scan(&others)
		if err != nil {
			return err
		}
		if others > 0 {
			return catalog.ErrTagTaken
		}
		rows = append(rows, []any{c.ID, v.Entity, v.Stars, c.Name, c.Core, false, n + 1})
	}
	for _, t := range were {
		if !offered[t.ID] {
			rows = append(rows, []any{t.ID, v.Entity, t.Stars, t.Name, t.Core, true, t.Position})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return s.engine.insertMany(ctx, tx, tagChange, rows)
}

func (s *Store) insertTagVersion(ctx context.Context, tx *sql.Tx, v *catalog.TagVersion, at int64) error {
	choices := v.Choices
	if choices == nil {
		choices = []catalog.Choice{}
	}
	text, err := json.Marshal(choices)
	if err != nil {
		return fmt.Errorf("write a version of tags: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO tag_version (entity_code, stars, version, tags, note, actor, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, v.Entity, v.Stars, v.Version, string(text), v.Note, v.Actor, at)
	return err
}

// tagsBefore is the version before, in words.
func (s *Store) tagsBefore(ctx context.Context, tx *sql.Tx, v *catalog.TagVersion) (string, error) {
	var text string
	err := tx.QueryRowContext(ctx, "SELECT tags FROM tag_version WHERE entity_code = $1 AND stars = $2 AND version = $3",
		v.Entity, v.Stars, v.Version-1).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var choices []catalog.Choice
	if err := json.Unmarshal([]byte(text), &choices); err != nil {
		return "", fmt.Errorf("read a version of tags: %w", err)
	}
	return fmt.Sprintf("%d: %s", v.Version-1, told(choices)), nil
}

// told is a version in words: 510* 511, a star for the core ones.
func told(choices []catalog.Choice) string {
	var parts []string
	for _, c := range choices {
		part := c.ID + " " + c.Name
		if c.Core {
			part = c.ID + "* " + c.Name
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "；")
}
