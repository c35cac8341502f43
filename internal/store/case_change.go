package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/followup"
	"github.com/haochaping/haochaping/internal/job"
	"github.com/haochaping/haochaping/internal/review"
)

var (
	caseMoveChange = &insertion{table: "followup", columns: []column{
		{"slot", "int2"},
		{"serial", "text"},
		{"state", "text"},
		{"version", "int4"},
		{"since_at", "int8"},
		{"due_at", "int8"},
		{"ended", "int2"},
		{"hall_code", "text"},
		{"assignee", "text"},
		{"supervised", "int2"},
		{"late", "int2"},
		{"rounds", "int2"},
		{"appeals", "int2"},
		{"appeal_level", "int2"},
		{"claim", "text"},
		{"told", "int2"},
		{"progress", "int2"},
	}, keys: 2}
	eventInsertion = &insertion{table: "case_event", columns: []column{
		{"slot", "int2"},
		{"serial", "text"},
		{"version", "int4"},
		{"at", "int8"},
		{"party", "text"},
		{"actor", "text"},
		{"name", "text"},
		{"move", "text"},
		{"state_from", "text"},
		{"state_to", "text"},
		{"claim", "text"},
		{"reached", "int2"},
		{"assignee", "text"},
		{"words", "bytea"},
	}}
	fileInsertion = &insertion{table: "case_file", columns: []column{
		{"slot", "int2"},
		{"serial", "text"},
		{"id", "text"},
		{"kind", "text"},
		{"size", "int4"},
		{"at", "int8"},
		{"actor", "text"},
		{"name", "bytea"},
		{"content", "bytea"},
	}}
)

// ChangeCase changes one case; see followup.Store. The review is held as for every other change of it, and the case after it.
func (s *Store) ChangeCase(ctx context.Context, serial string, decide func(followup.Case) (followup.Change, error)) (is followup.Case, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		h, err := s.hold(ctx, tx, serial)
		if fault.KindOf(err) == fault.Missing || err == nil && h.progress == noCase {
			return noCaseOf(serial)
		}
		if err != nil {
			return err
		}
		was, err := scanCase(tx.QueryRowContext(ctx, "SELECT "+caseColumns+" FROM followup f"+ofReview+
			"WHERE f.slot = $1 AND f.serial = $2"+s.engine.locking(), h.Slot, h.Serial).Scan)
		if errors.Is(err, sql.ErrNoRows) {
			return noCaseOf(serial)
		}
		if err != nil {
			return err
		}
		change, err := decide(was)
		if err != nil {
			return err
		}
		is = change.Case
		if err := s.insertParts(ctx, tx, h.caseChangeParts(&change)); err != nil {
			return err
		}
		if err := s.enqueueNews(ctx, tx, &is, change.News...); err != nil {
			return err
		}
		return s.noteMove(ctx, tx, change.Event)
	})
	return is, err
}

// caseChangeParts are the statements of a change: the figures move with it, and a review that is withdrawn leaves them.
func (h *heldReview) caseChangeParts(change *followup.Change) (parts []part) {
	c, e := &change.Case, change.Event
	before, after := h.progress, progressColumn(c.Progress)
	switch {
	case change.Withdrawn != "" && h.state == review.Counting:
		parts = h.withdrawalParts(e.At, change.Withdrawn)
	case before != after && h.state == review.Counting:
		moves, of := figures.CaseMoves{}, caseOf(&h.Record)
		moves.Minus(of, caseCounts(before))
		moves.Add(of, caseCounts(after))
		parts = caseParts(moves)
	}
	parts = append(parts, part{caseMoveChange, [][]any{{
		c.Slot, c.Serial, string(c.State), c.Version, c.Since.UnixMicro(), c.Due.UnixMicro(), flag(c.State.Ended()), c.Hall, c.Assignee,
		flag(c.Supervised), flag(c.Late), c.Rounds, c.Appeals, int(c.AppealLevel), string(c.Claim), flag(c.Told), after,
	}}}, part{eventInsertion, [][]any{{
		e.Slot, e.Serial, e.Version, e.At.UnixMicro(), string(e.Party), e.Actor, e.Name, string(e.Move), string(e.From), string(e.To),
		string(e.Claim), flag(e.Reached), e.Assignee, notNil(e.Sealed),
	}}})
	return append(parts, part{fileInsertion, rowsOf(change.Files, func(f followup.SealedFile) []any {
		return []any{c.Slot, c.Serial, f.ID, string(f.Kind), f.Size, f.At.UnixMicro(), f.Actor, f.Name, f.Content}
	})})
}

func flag(is bool) int {
	if is {
		return 1
	}
	return 0
}

// enqueueNews queues what people are told of a case, once for each version.
func (s *Store) enqueueNews(ctx context.Context, tx *sql.Tx, c *followup.Case, news ...followup.News) error {
	for _, event := range news {
		payload, err := json.Marshal(followup.CaseNews{Serial: c.Serial, Event: event})
		if err != nil {
			return err
		}
		key := c.Serial + " " + string(event) + " " + strconv.Itoa(c.Version)
		if err := s.enqueue(ctx, tx, job.Job{Kind: followup.JobKind, Key: key, Payload: payload}); err != nil {
			return err
		}
	}
	return nil
}

// noteMove notes what a member of staff did to a case; what reviewers and time do stands in its events alone. The words are
// sealed there, for they may name people.
func (s *Store) noteMove(ctx context.Context, tx *sql.Tx, e *followup.Event) error {
	if e.Actor == "" {
		return nil
	}
	after := string(e.To)
	if e.Move == followup.AssignMove {
		after = fmt.Sprintf("%s, assignee %q", e.To, e.Assignee)
	}
	return s.note(ctx, tx, audit.Entry{
		Actor: e.Actor, Action: "case." + string(e.Move), Object: "case:" + e.Serial, Before: string(e.From), After: after,
		Reason: e.Claim.Word(),
	})
}
