package figures

import (
	"context"
	"fmt"
	"maps"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/org"
)

// ReviewsUnder is how many reviews count under each of some codes of a dimension, of all time; codes without any are left out.
func (s *Service) ReviewsUnder(ctx context.Context, dimension Dimension, codes []string) (map[string]int64, error) {
	found := map[string]int64{}
	periods := s.periods(Span{To: beijing.Day(s.now())})
	for _, code := range codes {
		rows, err := s.store.Sum(ctx, Query{Dimensions: []Dimension{dimension}, From: code, To: code + endOfCode, Periods: periods})
		if err != nil {
			return nil, fmt.Errorf("count reviews under a code: %w", err)
		}
		for _, row := range rows {
			if row.Code == code {
				found[code] += row.Counts.Total()
			}
		}
	}
	return found, nil
}

// ReviewsInRegions is that for regions of any level, each with all below it. What is no code of a region has none of its own.
func (s *Service) ReviewsInRegions(ctx context.Context, codes []string) (map[string]int64, error) {
	byLevel := map[org.Level][]string{}
	for _, code := range codes {
		if level := org.LevelOf(code); level > org.LevelAll {
			byLevel[level] = append(byLevel[level], code)
		}
	}
	all := map[string]int64{}
	for level, some := range byLevel {
		found, err := s.ReviewsUnder(ctx, Region(level), some)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, found)
	}
	return all, nil
}
