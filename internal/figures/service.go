package figures

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/org"
)

// Query asks the store for sums of counters, with the facts not yet folded.
type Query struct {
	Dimensions []Dimension
	// From and To bound the codes: From <= code < To.
	From, To string
	Entity   string // empty is all
	Periods  []int  // days and months, without overlap
}

// Count gives add what a fact adds to the sums.
func (q *Query) Count(f *Fact, add func(code, entity string, stars, weight int)) {
	if q.Entity != "" && q.Entity != f.Entity {
		return
	}
	for _, period := range [2]int{f.Day, beijing.Month(f.Day)} {
		if !slices.Contains(q.Periods, period) {
			continue
		}
		f.each(func(d Dimension) bool { return slices.Contains(q.Dimensions, d) }, func(key Key, stars int) {
			if q.From <= key.Code && key.Code < q.To {
				add(key.Code, key.Entity, stars, f.Weight)
			}
		})
	}
}

// Row is one code's sum for one evaluation object.
type Row struct {
	Code   string
	Entity string
	Counts Counts
}

// Compare orders rows by code, then by evaluation object.
func (r Row) Compare(o Row) int {
	return cmp.Or(strings.Compare(r.Code, o.Code), strings.Compare(r.Entity, o.Entity))
}

// Store keeps counters.
type Store interface {
	// Sum gives one row a code and evaluation object, ordered by both.
	Sum(ctx context.Context, query Query) ([]Row, error)
	// Fold moves facts that wait into counter rows, a bounded number at a time, and says how many changes still wait.
	Fold(ctx context.Context) (waiting int, err error)
	// Snapshot reads, at one moment, every stored review's fact and every counter with the facts not yet folded.
	Snapshot(ctx context.Context) (records, counters Tally, err error)
	// Adjust adds to counters.
	Adjust(ctx context.Context, difference Tally) error
}

// Service answers with figures.
type Service struct {
	Formulas
	store    Store
	registry *org.Registry
	entities *catalog.EntitySet
	tags     *catalog.Tags
	now      func() time.Time
}

// NewService makes a service over the store.
func NewService(store Store, formulas Formulas, registry *org.Registry, entities *catalog.EntitySet, tags *catalog.Tags, now func() time.Time) *Service {
	return &Service{Formulas: formulas, store: store, registry: registry, entities: entities, tags: tags, now: now}
}

// Scope is what a figure is about: a region with all below it (org.AllRegions is everywhere), a span of days, and an
// evaluation object (empty is all).
type Scope struct {
	Region string
	Span   Span
	Entity string
}

// Standing is one region's or department's counts.
type Standing struct {
	Code   string
	Name   string
	Counts Counts
}

// Regions are the standings of the regions one level below the scope's, best first; those without a review are left out.
func (s *Service) Regions(ctx context.Context, scope Scope) ([]Standing, error) {
	rows, err := s.sum(ctx, scope, Region(s.childLevel(scope.Region)))
	if err != nil {
		return nil, err
	}
	return s.ranked(rows, s.registry.RegionName), nil
}

// childLevel is the level of the regions right below a region.
func (s *Service) childLevel(region string) org.Level {
	if region == org.AllRegions {
		return org.LevelProvince
	}
	if children := s.registry.Children(region); len(children) > 0 {
		return org.LevelOf(children[0].Code)
	}
	return org.LevelOf(region) + 1
}

// Departments are the standings of the departments of the scope's region, best first.
func (s *Service) Departments(ctx context.Context, scope Scope) ([]Standing, error) {
	rows, err := s.store.Sum(ctx, Query{
		Dimensions: []Dimension{Department}, From: "", To: endOfCodes, Entity: scope.Entity, Periods: scope.Span.periods(s.now()),
	})
	if err != nil {
		return nil, fmt.Errorf("sum departments: %w", err)
	}
	if scope.Region != org.AllRegions {
		from, to := org.Range(scope.Region)
		rows = slices.DeleteFunc(rows, func(row Row) bool {
			department, _ := s.registry.Department(row.Code)
			return department.RegionCode < from || department.RegionCode >= to
		})
	}
	return s.ranked(rows, func(code string) string {
		department, _ := s.registry.Department(code)
		return cmp.Or(department.Name, code)
	}), nil
}

const (
	// endOfCodes is greater than every code: no code begins with the last character of Unicode.
	endOfCodes = "\U0010FFFF"
	// endOfCode behind a code is greater than it and less than every other: no code holds a control character.
	endOfCode = "\x01"
)

// Total are the counts of the scope.
func (s *Service) Total(ctx context.Context, scope Scope) (Counts, error) {
	byEntity, err := s.Entities(ctx, scope)
	var total Counts
	for _, standing := range byEntity {
		total.Add(standing.Counts)
	}
	return total, err
}

// Entities are the scope's counts by evaluation object, in the registry's order; those without a review included.
func (s *Service) Entities(ctx context.Context, scope Scope) ([]Standing, error) {
	from, _ := org.Range(scope.Region)
	code := cmp.Or(from, org.AllRegions)
	rows, err := s.store.Sum(ctx, Query{
		Dimensions: []Dimension{Region(org.LevelOf(scope.Region))}, From: code, To: code + endOfCode,
		Entity: scope.Entity, Periods: scope.Span.periods(s.now()),
	})
	if err != nil {
		return nil, fmt.Errorf("sum evaluation objects: %w", err)
	}
	counts := map[string]Counts{}
	for _, row := range rows {
		counts[row.Entity] = row.Counts
	}
	var standings []Standing
	for _, entity := range s.entities.All() {
		if scope.Entity != "" && scope.Entity != entity.Code {
			continue
		}
		standings = append(standings, Standing{entity.Code, entity.Name, counts[entity.Code]})
	}
	return standings, nil
}

// TagCount is how often a tag was chosen.
type TagCount struct {
	ID    string
	Name  string
	Count int64
}

// Tags are how often each tag was chosen, most often first: the praised ones with 3 to 5 stars, or those of bad reviews.
func (s *Service) Tags(ctx context.Context, scope Scope, praised bool) ([]TagCount, error) {
	from, _ := org.Range(scope.Region)
	prefix := cmp.Or(from, org.AllRegions) + "/"
	rows, err := s.store.Sum(ctx, Query{
		Dimensions: []Dimension{Tag(org.LevelOf(scope.Region))}, From: prefix, To: prefix + endOfCodes,
		Entity: scope.Entity, Periods: scope.Span.periods(s.now()),
	})
	if err != nil {
		return nil, fmt.Errorf("sum tags: %w", err)
	}
	sums := map[string]int64{}
	for _, row := range rows {
		count := s.Bad(row.Counts)
		if praised {
			count = row.Counts.Total() - count
		}
		if count > 0 {
			sums[strings.TrimPrefix(row.Code, prefix)] += count
		}
	}
	tags := make([]TagCount, 0, len(sums))
	for id, count := range sums {
		tags = append(tags, TagCount{id, s.tags.Name(id), count})
	}
	slices.SortFunc(tags, func(a, b TagCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.ID, b.ID))
	})
	return tags, nil
}

// PlacesWith are the codes of regions in the scope, its own included, in which reviews with these stars (0 is any) were
// counted: where a listing has to look, and nowhere else.
func (s *Service) PlacesWith(ctx context.Context, scope Scope, stars int) ([]string, error) {
	rows, err := s.sum(ctx, scope,
		Region(org.LevelProvince), Region(org.LevelCity), Region(org.LevelCounty), Region(org.LevelTown), Region(org.LevelVillage))
	if err != nil {
		return nil, err
	}
	var codes []string
	for _, row := range rows {
		if stars == 0 && row.Counts.Total() > 0 || stars > 0 && row.Counts[stars-1] > 0 {
			codes = append(codes, row.Code)
		}
	}
	return slices.Compact(codes), nil
}

func (s *Service) sum(ctx context.Context, scope Scope, dimensions ...Dimension) ([]Row, error) {
	from, to := org.Range(scope.Region)
	rows, err := s.store.Sum(ctx, Query{
		Dimensions: dimensions, From: from, To: to, Entity: scope.Entity, Periods: scope.Span.periods(s.now()),
	})
	if err != nil {
		return nil, fmt.Errorf("sum regions: %w", err)
	}
	return rows, nil
}

// ranked adds up the evaluation objects of each code and puts the best first.
func (s *Service) ranked(rows []Row, name func(code string) string) []Standing {
	var standings []Standing
	for _, row := range rows {
		last := len(standings) - 1
		if last < 0 || standings[last].Code != row.Code {
			standings = append(standings, Standing{Code: row.Code, Name: name(row.Code)})
			last++
		}
		standings[last].Counts.Add(row.Counts)
	}
	standings = slices.DeleteFunc(standings, func(st Standing) bool { return st.Counts.Total() <= 0 })
	slices.SortFunc(standings, func(a, b Standing) int {
		return cmp.Or(s.compare(b.Counts, a.Counts), cmp.Compare(a.Code, b.Code))
	})
	return standings
}

// Reversed is the standings worst first; equal ones stay in the order of their codes.
func (s *Service) Reversed(standings []Standing) []Standing {
	slices.SortFunc(standings, func(a, b Standing) int {
		return cmp.Or(s.compare(a.Counts, b.Counts), cmp.Compare(a.Code, b.Code))
	})
	return standings
}
