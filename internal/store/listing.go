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

func (s *Store) newest(ctx context.Context, l *review.Listing) ([]review.Listed, error) {
	w := s.listingWalk(l)
	if l.Spots != nil {
		w.from, w.to = time.Time{}, time.Time{} // each has its own
		return s.newestOfPieces(ctx, l, w, inSpots(l.Spots))
	}
	if l.Channel != "" {
		return s.newestOfChannel(ctx, l, w)
	}
	if len(l.Regions) > mostPieces && !isBad(l) {
		return s.newestOfMany(ctx, l, w)
	}
	after := l.After
	if l.Offset > 0 {
		var err error
		after, err = s.boundary(ctx, w, after, l.Offset, true)
		if err != nil || after == nil {
			return nil, err
		}
	}
	return s.listed(ctx, w, after, nil, l.Limit)
}

// newestOfChannel looks for those of a channel among the newest of a walk, the same number of each of its pieces, so that what is read
// has a bound however few there are. It looks no further back than the piece that has most: all are there up to where it ends.
func (s *Store) newestOfChannel(ctx context.Context, l *review.Listing, w *walk) ([]review.Listed, error) {
	pieces := w.pieces
	switch {
	case len(pieces) == 0:
		return nil, nil
	case len(pieces) > 1: // some of which are none
		pieces = pieces[:len(l.Regions)]
	}
	var last *review.Position
	for i := range pieces {
		one := *w
		one.pieces = pieces[i : i+1]
		at, err := s.boundary(ctx, &one, l.After, review.MostLooked/len(pieces), false)
		if err != nil {
			return nil, err
		}
		if at != nil && (last == nil || newestFirst(at, last) < 0) {
			last = at
		}
	}
	w.rest = append(w.rest, condition{"channel = ?", []any{l.Channel}})
	return s.listed(ctx, w, l.After, last, l.Limit)
}

// newestOfMany looks for those of many regions among the newest of all, and where they are too few among these in the regions' own
// pieces of the index.
func (s *Store) newestOfMany(ctx context.Context, l *review.Listing, w *walk) ([]review.Listed, error) {
	last, err := s.boundary(ctx, w, l.After, firstRead, false)
	if err != nil {
		return nil, err
	}
	found, err := s.listed(ctx, w, l.After, last, l.Offset+l.Limit)
	if err != nil || last == nil || len(found) == l.Offset+l.Limit {
		return pageOf(found, l), err
	}
	return s.newestOfPieces(ctx, l, w, inRegions(l.Regions))
}

// newestOfPieces looks in pieces of the index, so many at a time.
func (s *Store) newestOfPieces(ctx context.Context, l *review.Listing, w *walk, pieces []condition) (found []review.Listed, err error) {
	for w.pieces = range slices.Chunk(pieces, mostPieces) {
		theirs, err := s.listed(ctx, w, l.After, nil, l.Offset+l.Limit)
		if err != nil {
			return nil, err
		}
		found = append(found, theirs...)
	}
	sortListed(found)
	return pageOf(found, l), nil
}

// pageOf is what a listing shows of what it found from its beginning on, or from the place where it goes on.
func pageOf(found []review.Listed, l *review.Listing) []review.Listed {
	found = found[min(l.Offset, len(found)):]
	return found[:min(l.Limit, len(found))]
}

// inSpots are the pieces of spots.
func inSpots(spots []review.Spot) (pieces []condition) {
	for _, spot := range spots {
		c := condition{"eval_time >= ? AND eval_time < ?", []any{spot.From.UnixMicro(), spot.To.UnixMicro()}}
		if spot.Region != "" {
			c = condition{"region_code = ? AND " + c.text, append([]any{spot.Region}, c.values...)}
		}
		pieces = append(pieces, c)
	}
	return filled(pieces)
}

// listed are the reviews of a walk that fit, newest first.
func (s *Store) listed(ctx context.Context, w *walk, after, last *review.Position, limit int) (found []review.Listed, err error) {
	err = s.follow(ctx, w, after, last, limit, listedColumns, func(rows *sql.Rows) error {
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
	sortListed(found)
	return found, err
}

func sortListed(found []review.Listed) {
	slices.SortFunc(found, func(a, b review.Listed) int {
		return newestFirst(&review.Position{EvalTime: a.EvalTime, Serial: a.Serial}, &review.Position{EvalTime: b.EvalTime, Serial: b.Serial})
	})
}

func isBad(l *review.Listing) bool { return l.Stars != 0 && review.Bad(l.Stars) }

// listingWalk goes through a piece of an index for each region, so that the time depends on the length of the page and not on the
// number of reviews; through the bounds of the regions where these are many, and for bad ones, which are few.
func (s *Store) listingWalk(l *review.Listing) *walk {
	w := &walk{from: l.From, to: l.To, pieces: []condition{{}}, rest: []condition{{"state = ?", []any{int(review.Counting)}}}}
	rest := func(wanted bool, text string, values ...any) {
		if wanted {
			w.rest = append(w.rest, condition{text, values})
		}
	}
	column := s.engine.aside("region_code")
	rest(l.RegionFrom != "", column+" >= ? AND "+column+" < ?", l.RegionFrom, l.RegionTo)
	rest(l.EntityCode != "", "entity_code = ?", l.EntityCode)
	rest(l.Stars != 0, "stars = ?", l.Stars)
	rest(isBad(l), "stars <= 2") // names the index of bad reviews
	if l.Regions != nil && len(l.Regions) <= mostPieces && !isBad(l) {
		w.pieces = inRegions(l.Regions)
	}
	return w
}
