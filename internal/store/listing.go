package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/review"
)

const listedColumns = "serial, entity_code, item_name, stars, tags, eval_time, sealed, publication, masked"

// Newest lists reviews, newest first; see review.Store.
func (s *Store) Newest(ctx context.Context, l review.Listing) ([]review.Listed, error) {
	found, err := s.newest(ctx, &l)
	if err != nil {
		return nil, fmt.Errorf("list reviews: %w", s.readFault(err))
	}
	return found, nil
}

func (s *Store) newest(ctx context.Context, l *review.Listing) (found []review.Listed, err error) {
	w := s.listingWalk(l)
	after := l.After
	if l.Offset > 0 {
		after, err = s.boundary(ctx, w, after, l.Offset, true)
		if err != nil || after == nil {
			return nil, err
		}
	}
	err = s.follow(ctx, w, after, nil, l.Limit, listedColumns, func(rows *sql.Rows) error {
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
	slices.SortFunc(found, func(a, b review.Listed) int {
		return newestFirst(&review.Position{EvalTime: a.EvalTime, Serial: a.Serial}, &review.Position{EvalTime: b.EvalTime, Serial: b.Serial})
	})
	return found, err
}

// listingWalk goes through a piece of an index for each region, so that the time depends on the length of the page and not on the
// number of reviews. Where regions are many, much of all is within their bounds, and all is walked; so are bad ones, which are few.
func (s *Store) listingWalk(l *review.Listing) *walk {
	w := &walk{from: l.From, to: l.To, pieces: []condition{{}}, rest: []condition{{"state = ?", []any{counting}}}}
	rest := func(wanted bool, text string, values ...any) {
		if wanted {
			w.rest = append(w.rest, condition{text, values})
		}
	}
	column := s.unindexed("region_code")
	rest(l.RegionFrom != "", column+" >= ? AND "+column+" < ?", l.RegionFrom, l.RegionTo)
	rest(l.EntityCode != "", "entity_code = ?", l.EntityCode)
	rest(l.Stars != 0, "stars = ?", l.Stars)
	bad := l.Stars != 0 && review.Bad(l.Stars)
	rest(bad, "stars <= 2") // names the index of bad reviews
	if l.Regions != nil && len(l.Regions) <= mostPieces && !bad {
		w.pieces = inRegions(l.Regions)
	}
	return w
}
