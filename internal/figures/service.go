package figures

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/venue"
)

// Needs are what figures are made of. Halls and Items give names only; without them codes stand for themselves.
type Needs struct {
	Store Store
	// Formulas are those until Use says otherwise.
	Formulas Formulas
	Registry *org.Registry
	Entities *catalog.EntitySet
	Tags     *catalog.Tags
	Halls    *venue.Directory
	Items    ItemNames
	Now      func() time.Time
}

// ItemNames names service items.
type ItemNames interface {
	// ItemName is empty when nobody named the item.
	ItemName(ctx context.Context, code string) (string, error)
}

// Service answers with figures.
type Service struct {
	use      atomic.Pointer[inUse]
	store    Store
	registry *org.Registry
	entities *catalog.EntitySet
	tags     *catalog.Tags
	halls    *venue.Directory
	items    ItemNames
	now      func() time.Time
	recent   recent
}

// NewService makes a service.
func NewService(needs Needs) *Service {
	s := &Service{
		store: needs.Store, registry: needs.Registry, entities: needs.Entities, tags: needs.Tags,
		halls: cmp.Or(needs.Halls, venue.NewDirectory()), items: needs.Items, now: needs.Now,
	}
	s.Use(needs.Formulas, 0)
	return s
}

// Scope is what a figure is about: a region with all below it (org.AllRegions is everywhere), a span of days, an
// evaluation object and a channel (empty is all).
type Scope struct {
	Region  string
	Span    Span
	Entity  string
	Channel string
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
		Dimensions: []Dimension{Department}, From: "", To: endOfCodes, Entity: scope.Entity, Channel: scope.Channel, Periods: s.periods(scope.Span),
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

// query asks for the codes of a region's own row; who wants other codes sets From and To.
func (s *Service) query(scope Scope, dimension Dimension) Query {
	from, _ := org.Range(scope.Region)
	code := cmp.Or(from, org.AllRegions)
	return Query{
		Dimensions: []Dimension{dimension}, From: code, To: code + endOfCode,
		Entity: scope.Entity, Channel: scope.Channel, Periods: s.periods(scope.Span),
	}
}

// whole asks for the counts of the scope's region.
func (s *Service) whole(scope Scope) Query { return s.query(scope, Region(org.LevelOf(scope.Region))) }

// Total are the counts of the scope.
func (s *Service) Total(ctx context.Context, scope Scope) (total Counts, err error) {
	rows, err := s.store.Sum(ctx, s.whole(scope))
	if err != nil {
		return total, fmt.Errorf("sum the whole: %w", err)
	}
	for _, row := range rows {
		total.Add(row.Counts)
	}
	return total, nil
}

// Entities are the scope's counts by evaluation object, in the registry's order; those without a review included.
func (s *Service) Entities(ctx context.Context, scope Scope) ([]Standing, error) {
	query := s.whole(scope)
	query.Split.Entity = true
	rows, err := s.store.Sum(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("sum evaluation objects: %w", err)
	}
	counts := map[string]Counts{}
	for _, row := range rows {
		counts[row.Entity] = row.Counts
	}
	var standings []Standing
	for _, entity := range s.entities.Current() {
		if scope.Entity != "" && scope.Entity != entity.Code {
			continue
		}
		standings = append(standings, Standing{entity.Code, entity.Name, counts[entity.Code]})
	}
	return standings, nil
}

// Channels are the scope's counts by channel, in the order of the catalog; those without a review included.
func (s *Service) Channels(ctx context.Context, scope Scope) ([]Standing, error) {
	query := s.whole(scope)
	query.Split.Channel = true
	rows, err := s.store.Sum(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("sum channels: %w", err)
	}
	counts := map[string]Counts{}
	for _, row := range rows {
		counts[row.Channel] = row.Counts
	}
	var standings []Standing
	for _, channel := range catalog.Channels() {
		if scope.Channel == "" || scope.Channel == channel.Code {
			standings = append(standings, Standing{channel.Code, channel.Name, counts[channel.Code]})
		}
	}
	return standings, nil
}

// TagCount is how often a tag was chosen.
type TagCount struct {
	ID    string
	Name  string
	Count int64
}

// Tagged are the tags of a scope, most often chosen first: the praised ones in good reviews, and those of bad ones.
type Tagged struct{ Praised, Complained []TagCount }

// Tagged are how often each tag was chosen.
func (s *Service) Tagged(ctx context.Context, scope Scope) (Tagged, error) {
	from, _ := org.Range(scope.Region)
	prefix := cmp.Or(from, org.AllRegions) + "/"
	rows, err := s.store.Sum(ctx, Query{
		Dimensions: []Dimension{Tag(org.LevelOf(scope.Region))}, From: prefix, To: prefix + endOfCodes,
		Entity: scope.Entity, Channel: scope.Channel, Periods: s.periods(scope.Span),
	})
	if err != nil {
		return Tagged{}, fmt.Errorf("sum tags: %w", err)
	}
	praised, complained := map[string]int64{}, map[string]int64{}
	for _, row := range rows {
		tag := strings.TrimPrefix(row.Code, prefix)
		praised[tag] += s.Good(row.Counts)
		complained[tag] += s.Bad(row.Counts)
	}
	return Tagged{s.oftenFirst(praised), s.oftenFirst(complained)}, nil
}

// Tags are how often each tag of one kind was chosen.
func (s *Service) Tags(ctx context.Context, scope Scope, praised bool) ([]TagCount, error) {
	tagged, err := s.Tagged(ctx, scope)
	return tagged.Of(praised), err
}

// Of are those of one kind.
func (t Tagged) Of(praised bool) []TagCount {
	if praised {
		return t.Praised
	}
	return t.Complained
}

func (s *Service) oftenFirst(sums map[string]int64) []TagCount {
	tags := make([]TagCount, 0, len(sums))
	for id, count := range sums {
		if count > 0 {
			tags = append(tags, TagCount{id, s.tags.Name(id), count})
		}
	}
	slices.SortFunc(tags, func(a, b TagCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.ID, b.ID))
	})
	return tags
}

// everyRegion are the dimensions of regions, whatever their level.
var everyRegion = []Dimension{
	Region(org.LevelProvince), Region(org.LevelCity), Region(org.LevelCounty), Region(org.LevelTown), Region(org.LevelVillage),
}

// PlacesWith are the codes of regions in the scope, its own included, in which reviews with these stars (0 is any) were
// counted: where a listing has to look, and nowhere else.
func (s *Service) PlacesWith(ctx context.Context, scope Scope, stars int) ([]string, error) {
	rows, err := s.sum(ctx, scope, everyRegion...)
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
		Dimensions: dimensions, From: from, To: to, Entity: scope.Entity, Channel: scope.Channel, Periods: s.periods(scope.Span),
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
	f := s.Formulas()
	slices.SortFunc(standings, func(a, b Standing) int {
		return cmp.Or(f.compare(b.Counts, a.Counts), cmp.Compare(a.Code, b.Code))
	})
	return standings
}

// Reversed is the standings worst first; equal ones stay in the order of their codes.
func (s *Service) Reversed(standings []Standing) []Standing {
	f := s.Formulas()
	slices.SortFunc(standings, func(a, b Standing) int {
		return cmp.Or(f.compare(a.Counts, b.Counts), cmp.Compare(a.Code, b.Code))
	})
	return standings
}
