package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/review"
)

var _ review.SearchStore = (*Store)(nil)

// firstRead is how many entries of an index are read at first for a search with conditions that the walk does not know: enough for
// most, also for a page of one of twenty cities. Then it is four times as many, until as many are read as may be.
const firstRead = 2000

const foundColumns = `serial, kind, app_code, entity_code, channel, subject, item_code, item_name, department_code, department_name,
	region_sent, region_code, hall_code, window_code, work_no, stars, accept_stars, deal_stars, tags, user_type, certificate_type,
	eval_time, apply_time, deal_time, done_time, flags, state, received_at, publication, masked, sealed`

func scanFound(scan func(...any) error) (r review.Found, err error) {
	var tags, masked string
	var at, received int64
	var apply, deal, done, user, certificate sql.NullInt64
	err = scan(&r.Serial, &r.Kind, &r.AppCode, &r.EntityCode, &r.Channel, &r.Subject, &r.ItemCode, &r.ItemName, &r.DepartmentCode,
		&r.DepartmentName, &r.RegionCode, &r.Region, &r.HallCode, &r.WindowCode, &r.WorkNo, &r.Stars, &r.AcceptStars, &r.DealStars, &tags,
		&user, &certificate, &at, &apply, &deal, &done, &r.Flags, &r.Validity, &received, &r.Publication.State, &masked, &r.Sealed)
	if err != nil {
		return r, err
	}
	r.Tags, r.EvalTime, r.ReceivedAt, r.Unverified = splitTags(tags), time.UnixMicro(at), time.UnixMicro(received), r.Validity == review.Unverified
	for from, to := range map[*sql.NullInt64]*time.Time{&apply: &r.ApplyTime, &deal: &r.DealTime, &done: &r.DoneTime} {
		if from.Valid {
			*to = time.UnixMicro(from.Int64)
		}
	}
	for from, to := range map[*sql.NullInt64]**int{&user: &r.UserType, &certificate: &r.CertificateType} {
		if from.Valid {
			n := int(from.Int64)
			*to = &n
		}
	}
	r.Publication.Spans, err = moderation.ParseSpans(masked)
	return r, err
}

// FindReview is one review; see review.SearchStore.
func (s *Store) FindReview(ctx context.Context, serial string) (review.Found, bool, error) {
	slot, ok := review.SlotOfSerial(serial)
	if !ok {
		return review.Found{}, false, nil
	}
	r, err := scanFound(s.engine.reader().QueryRowContext(ctx, "SELECT "+foundColumns+" FROM review WHERE serial = $1 AND slot = $2", serial, slot).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return review.Found{}, false, nil
	}
	if err != nil {
		return review.Found{}, false, fmt.Errorf("find a review: %w", s.readFault(err))
	}
	return r, true, nil
}

// SearchReviews searches reviews; see review.SearchStore.
func (s *Store) SearchReviews(ctx context.Context, q review.Query) (review.FoundPage, error) {
	page, err := s.searchReviews(ctx, &q)
	if err != nil {
		return review.FoundPage{}, fmt.Errorf("search reviews: %w", s.readFault(err))
	}
	return page, nil
}

func (s *Store) searchReviews(ctx context.Context, q *review.Query) (page review.FoundPage, err error) {
	if wide := s.wide(q); wide != nil {
		last, err := s.boundary(ctx, wide, q.After, min(firstRead, cmp.Or(q.Read, review.MostRead)), false)
		if err != nil {
			return page, err
		}
		page.Found, err = s.walked(ctx, wide, q.After, last, q.Limit)
		if err != nil {
			return page, err
		}
		if len(page.Found) == q.Limit {
			page.Next = page.Found[q.Limit-1].Position()
			return page, nil
		}
		if last == nil { // there are no more
			return page, nil
		}
		page.Found = nil // so few are in it that its own entries are walked
	}
	walk, err := s.walkOf(ctx, q)
	if err != nil {
		return page, err
	}
	after := q.After
	if len(walk.rest) == 0 {
		page.Found, err = s.walked(ctx, walk, after, nil, q.Limit)
		if len(page.Found) == q.Limit {
			page.Next = page.Found[q.Limit-1].Position()
		}
		return page, err
	}
	pieces := len(walk.pieces)
	if pieces == 0 {
		return page, nil
	}
	left := max(cmp.Or(q.Read, review.MostRead), pieces)
	for step := firstRead; left >= pieces; step *= 4 {
		step = min(step, left/pieces) // of each piece, in the worst case
		left -= step * pieces
		last, err := s.boundary(ctx, walk, after, step, false)
		if err != nil {
			return page, err
		}
		some, err := s.walked(ctx, walk, after, last, q.Limit)
		if err != nil {
			return page, err
		}
		page.Found = append(page.Found, some[:min(len(some), q.Limit-len(page.Found))]...)
		if len(page.Found) == q.Limit {
			page.Next = page.Found[q.Limit-1].Position()
			return page, nil
		}
		if last == nil {
			return page, nil
		}
		after = last
	}
	page.Next, page.Cut = after, true
	return page, nil
}

// boundary is where a walk has read n entries after a place, or n of those that fit; nil when it ends before.
func (s *Store) boundary(ctx context.Context, walk *walk, after *review.Position, n int, fitting bool) (*review.Position, error) {
	text, arguments := walk.keys(after, nil, n, fitting)
	var at int64
	var serial string
	err := s.engine.reader().QueryRowContext(ctx, "SELECT eval_time, serial FROM ("+text+") AS read"+newestOf(1)+" OFFSET "+strconv.Itoa(n-1),
		arguments...).Scan(&at, &serial)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &review.Position{EvalTime: time.UnixMicro(at), Serial: serial}, err
}

// walked are the reviews that fit, after a place and up to another, that one included; nil is the end.
func (s *Store) walked(ctx context.Context, walk *walk, after, last *review.Position, limit int) (found []review.Found, err error) {
	err = s.follow(ctx, walk, after, last, limit, foundColumns, func(rows *sql.Rows) error {
		r, err := scanFound(rows.Scan)
		found = append(found, r)
		return err
	})
	slices.SortFunc(found, func(a, b review.Found) int { return newestFirst(a.Position(), b.Position()) })
	return found, err
}

// follow tells each of the reviews that fit, after a place and up to another, in no order.
func (s *Store) follow(ctx context.Context, walk *walk, after, last *review.Position, limit int, columns string, tell func(rows *sql.Rows) error) error {
	text, arguments := walk.keys(after, last, limit, true)
	if len(walk.pieces) > 1 && s.engine.name() == sqliteName { // it reads all pieces, of which few are read whole
		var serials []string
		rows, err := s.engine.reader().QueryContext(ctx, text, arguments...)
		err = each(rows, err, func(rows *sql.Rows) error {
			var at int64
			var serial string
			err := rows.Scan(&at, &serial)
			serials = append(serials, serial)
			return err
		})
		if err != nil || len(serials) == 0 {
			return err
		}
		text = "SELECT " + columns + " FROM review WHERE " + s.engine.anyText("serial", "$1")
		arguments = []any{s.engine.texts(serials)}
	} else {
		text = strings.ReplaceAll(text, "SELECT eval_time, serial", "SELECT "+columns)
	}
	rows, err := s.engine.reader().QueryContext(ctx, text, arguments...)
	return each(rows, err, tell)
}

func newestFirst(a, b *review.Position) int {
	if order := b.EvalTime.Compare(a.EvalTime); order != 0 {
		return order
	}
	return strings.Compare(b.Serial, a.Serial)
}

// SearchQuery is how a page of a search is asked for, so that it can be seen how an engine finds it.
func (s *Store) SearchQuery(ctx context.Context, q review.Query) (text string, arguments []any, err error) {
	walk, err := s.walkOf(ctx, &q)
	if err != nil {
		return "", nil, err
	}
	text, arguments = walk.keys(q.After, nil, q.Limit, true)
	return text, arguments, nil
}
