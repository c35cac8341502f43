package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

// walk is how a search goes through an index, newest first: the pieces of the index, merged when there are several, the bounds of
// time, and what has to be looked at in each review besides.
type walk struct {
	pieces   []condition
	from, to time.Time
	rest     []condition
	loose    []condition // so seldom false that nothing is bounded for it
}

// mostPieces is how many pieces of an index are merged: the counties of a city, the towns of a county. There are always as many of
// them as a multiple of someGoTogether: statements that are alike need one plan, and making one takes longer than following it.
const (
	mostPieces     = 40
	someGoTogether = 8
)

// walkOf chooses the index.
func (s *Store) walkOf(ctx context.Context, q *review.Query) (*walk, error) {
	w := &walk{from: q.From, to: q.To}
	selective := selectiveOf(q)
	placed := len(selective) > 0
	if placed { // the first is the index's, the others are looked at
		w.pieces, w.rest = selective[:1], selective[1:]
	}
	if err := s.place(ctx, w, q, placed); err != nil {
		return nil, err
	}
	w.look(s.engine, q)
	return w, nil
}

// selectiveOf are a search's conditions that have an index each, but for its region. What is most selective first: a number, the
// reviews that do not count, bad ones (1 in 10,000, domain.md 4), a hall, a department.
func selectiveOf(q *review.Query) (conditions []condition) {
	prefer := func(text string, values ...any) { conditions = append(conditions, condition{text, values}) }
	if q.Number != "" {
		if slot, ok := review.SlotOfSerial(q.Number); ok {
			prefer("serial = ? AND slot = ?", q.Number, slot)
		} else {
			prefer("subject = ? AND kind = 'affair'", q.Number)
		}
	}
	if q.Validity > review.Counting {
		prefer(fmt.Sprintf("state = ? AND state > %d", review.Counting), int(q.Validity))
	}
	switch {
	case review.Bad(q.Stars) && q.Stars > 0:
		prefer("stars <= 2")
		prefer("stars = ?", q.Stars)
	case q.Bad:
		prefer("stars <= 2")
	}
	if q.Hall != "" {
		prefer("hall_code = ? AND hall_code <> ''", q.Hall)
	}
	if q.Department != "" {
		prefer("department_code = ?", q.Department)
	}
	return conditions
}

// place bounds a walk by region: by pieces of an index when it has none yet.
func (s *Store) place(ctx context.Context, w *walk, q *review.Query, placed bool) (err error) {
	within := s.within(q)
	level := org.LevelOf(q.RegionFrom)
	switch {
	case q.RegionFrom == "":
	case placed:
		w.rest = append(w.rest, within)
		return nil
	case level <= org.LevelProvince: // the platform's own: nearly all is in it
		w.loose = append(w.loose, within)
	default:
		w.pieces, err = s.regionPieces(ctx, q.RegionFrom, q.RegionTo)
		if err == nil && len(w.pieces) > mostPieces { // a large city: much of all is in it
			w.pieces, w.rest = nil, append(w.rest, within)
		}
	}
	if err == nil && w.pieces == nil && (q.RegionFrom == "" || len(w.rest)+len(w.loose) > 0) {
		w.pieces = []condition{{}}
	}
	return err
}

// regionPieces are the regions from one code up to another in which there is any review, each found by one probe of the index;
// one more than mostPieces when there are too many.
func (s *Store) regionPieces(ctx context.Context, from, to string) (pieces []condition, err error) {
	var codes []string
	rows, err := s.engine.reader().QueryContext(ctx, `WITH RECURSIVE codes (code) AS (
			SELECT (SELECT min(region_code) FROM review WHERE region_code >= $1 AND region_code < $2)
			UNION ALL SELECT (SELECT min(region_code) FROM review WHERE region_code > codes.code AND region_code < $2) FROM codes WHERE code IS NOT NULL
		) SELECT code FROM codes WHERE code IS NOT NULL LIMIT `+strconv.Itoa(mostPieces+1), from, to)
	err = each(rows, err, func(rows *sql.Rows) error {
		var code string
		err := rows.Scan(&code)
		codes = append(codes, code)
		return err
	})
	return inRegions(codes), err
}

// inRegions are the pieces of regions.
func inRegions(codes []string) (pieces []condition) {
	for _, code := range codes {
		pieces = append(pieces, inRegion(code))
	}
	return filled(pieces)
}

// filled are as many as go together: pieces of regions that none is in are added.
func filled(pieces []condition) []condition {
	for len(pieces) > 1 && len(pieces)%someGoTogether != 0 {
		pieces = append(pieces, inRegion(""))
	}
	return pieces
}

func inRegion(code string) condition { return condition{"region_code = ?", []any{code}} }

// wide is the walk through the newest of all for a city, in which much of all is; nil for any other search.
func (s *Store) wide(q *review.Query) *walk {
	if org.LevelOf(q.RegionFrom) != org.LevelCity || len(selectiveOf(q)) > 0 {
		return nil
	}
	w := &walk{pieces: []condition{{}}, from: q.From, to: q.To, rest: []condition{s.within(q)}}
	w.look(s.engine, q)
	return w
}

func (s *Store) within(q *review.Query) condition {
	column := s.engine.aside("region_code") // a range of them is not in the order of time
	return condition{column + " >= ? AND " + column + " < ?", []any{q.RegionFrom, q.RegionTo}}
}

// look adds what is looked at in every review.
func (w *walk) look(engine engine, q *review.Query) {
	rest := func(wanted bool, text string, values ...any) {
		if wanted {
			w.rest = append(w.rest, condition{text, values})
		}
	}
	rest(q.Window != "", "window_code = ?", q.Window)
	rest(q.Stars > 2, "stars = ?", q.Stars)
	rest(q.Tag != "", engine.holds("(',' || tags || ',')", "?"), ","+q.Tag+",")
	rest(q.Entity != "", "entity_code = ?", q.Entity)
	rest(q.Channel != "", "channel = ?", q.Channel)
	rest(q.App != "", "app_code = ?", q.App)
	rest(q.Orphan, fmt.Sprintf("kind = 'affair' AND filled = 0 AND state <> %d", review.Withdrawn))
	rest(q.Doubtful, "flags <> 0")
	if q.Validity == review.Counting { // nearly all do
		w.loose = append(w.loose, condition{fmt.Sprintf("state = %d", review.Counting), nil})
	}
}

// keys is the statement that gives eval_time and serial of at most limit entries after a place, up to last: of all when fitting is
// not set, else of those that fit. The limit stands in the text: where it is a parameter PostgreSQL makes a plan each time, which
// takes several times as long as following one.
func (w *walk) keys(after, last *review.Position, limit int, fitting bool) (text string, arguments []any) {
	common := []condition{}
	// One bound each way: with two an engine may begin at the wrong one. A place in the walk lies within its time.
	if !w.from.IsZero() && last == nil {
		common = append(common, condition{"eval_time >= ?", []any{w.from.UnixMicro()}})
	}
	if !w.to.IsZero() && (after == nil || !after.EvalTime.Before(w.to)) {
		common = append(common, condition{"eval_time < ?", []any{w.to.UnixMicro()}})
	}
	if after != nil {
		common = append(common, condition{"(eval_time, serial) < (?, ?)", []any{after.EvalTime.UnixMicro(), after.Serial}})
	}
	if last != nil {
		common = append(common, condition{"(eval_time, serial) >= (?, ?)", []any{last.EvalTime.UnixMicro(), last.Serial}})
	}
	if fitting {
		common = append(append(common, w.loose...), w.rest...)
	}
	var parts []string
	var where conditions
	for _, piece := range w.pieces {
		where.parts = nil
		for _, c := range append([]condition{piece}, common...) {
			where.when(c.text != "", c.text, c.values...)
		}
		from := "SELECT eval_time, serial FROM review"
		if len(where.parts) > 0 {
			from += " WHERE " + where.text()
		}
		parts = append(parts, from+newestOf(limit))
	}
	switch len(parts) {
	case 0:
		return "SELECT eval_time, serial FROM review WHERE 1 = 0", nil
	case 1:
		return parts[0], where.arguments
	}
	return "SELECT eval_time, serial FROM (SELECT eval_time, serial FROM (" +
		strings.Join(parts, ") AS piece UNION ALL SELECT eval_time, serial FROM (") + ") AS piece) AS merged" + newestOf(limit), where.arguments
}

func newestOf(limit int) string {
	return " ORDER BY eval_time DESC, serial DESC LIMIT " + strconv.Itoa(limit)
}
