package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/review"
)

// Newest lists reviews, newest first; see review.Store. Every region is read through its own piece of an index, and the
// pieces are merged, so that the time depends on the length of the page and not on the number of reviews.
func (s *Store) Newest(ctx context.Context, l review.Listing) ([]review.Listed, error) {
	if l.Regions == nil {
		return s.newestIn(ctx, l, "", l.Limit, l.Offset)
	}
	var merged []review.Listed
	for _, region := range l.Regions {
		some, err := s.newestIn(ctx, l, region, l.Offset+l.Limit, 0)
		if err != nil {
			return nil, err
		}
		merged = append(merged, some...)
	}
	slices.SortFunc(merged, func(a, b review.Listed) int {
		return cmp.Or(b.EvalTime.Compare(a.EvalTime), strings.Compare(b.Serial, a.Serial))
	})
	merged = merged[min(l.Offset, len(merged)):]
	return merged[:min(l.Limit, len(merged))], nil
}

func (s *Store) newestIn(ctx context.Context, l review.Listing, region string, limit, offset int) ([]review.Listed, error) {
	var conditions []string
	var arguments []any
	where := func(condition string, values ...any) {
		for _, value := range values {
			arguments = append(arguments, value)
			condition = strings.Replace(condition, "?", placeholder(len(arguments)), 1)
		}
		conditions = append(conditions, condition)
	}
	where("eval_time >= ?", l.From.UnixMicro())
	where("eval_time < ?", l.To.UnixMicro())
	where("state = ?", counting)
	if region != "" {
		where("region_code = ?", region)
	}
	if l.RegionFrom != "" {
		where("region_code >= ?", l.RegionFrom)
		where("region_code < ?", l.RegionTo)
	}
	if l.EntityCode != "" {
		where("entity_code = ?", l.EntityCode)
	}
	if l.Stars != 0 {
		where("stars = ?", l.Stars)
		if review.Bad(l.Stars) {
			conditions = append(conditions, "stars <= 2") // names the index of bad reviews
		}
	}
	if l.After != nil {
		where("(eval_time, serial) < (?, ?)", l.After.EvalTime.UnixMicro(), l.After.Serial)
	}
	query := `SELECT serial, entity_code, item_name, stars, tags, eval_time, sealed, publication, masked FROM review WHERE ` +
		strings.Join(conditions, " AND ") + fmt.Sprintf(" ORDER BY eval_time DESC, serial DESC LIMIT %d OFFSET %d", limit, offset)

	var found []review.Listed
	rows, err := s.engine.reader().QueryContext(ctx, query, arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		var r review.Listed
		var tags, masked string
		var at int64
		err := rows.Scan(&r.Serial, &r.EntityCode, &r.ItemName, &r.Stars, &tags, &at, &r.Sealed, &r.Publication.State, &masked)
		if err != nil {
			return err
		}
		r.Tags, r.EvalTime = splitTags(tags), time.UnixMicro(at)
		r.Publication.Spans, err = moderation.ParseSpans(masked)
		found = append(found, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list reviews: %w", s.readFault(err))
	}
	return found, nil
}
