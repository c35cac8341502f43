package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/org"
)

// known is which codes are registered, as far as this process knows: what it does not know it registers again, which
// changes nothing. Loading the registers forgets items.
type known struct {
	registry *org.Registry
	items    sync.Map // code -> struct{}
}

// missing finds the codes of a batch that must be registered as 待确认, in key order.
func (k *known) missing(b *batch) {
	f := k.finder()
	for _, r := range b.records {
		f.add(r.RegionCode, r.Region, r.DepartmentCode, r.DepartmentName, r.ItemCode, r.ItemName)
	}
	f.fill(b)
}

// finder finds codes that are not registered.
type finder struct {
	known       *known
	regions     map[string]org.Region
	departments map[string]org.Department
	items       map[string]item
}

func (k *known) finder() *finder {
	return &finder{k, map[string]org.Region{}, map[string]org.Department{}, map[string]item{}}
}

// add looks at the codes of a review or an affair: the region as it was sent, and the one where it counts.
func (f *finder) add(sent, region, departmentCode, departmentName, itemCode, itemName string) {
	if code := sent; code != "" {
		if full, ok := org.NormalizeRegion(code); ok {
			code = f.known.registry.Successions().Code(org.OfRegion, full)
		}
		if _, ok := f.known.registry.Region(code); !ok {
			f.regions[code] = org.Region{Code: code, Pending: true}
		}
	}
	if code := departmentCode; code != "" {
		if d, ok := f.known.registry.Department(code); !ok || d.Name == "" && departmentName != "" {
			name := cmp.Or(f.departments[code].Name, departmentName)
			f.departments[code] = org.Department{Code: code, Name: name, RegionCode: region, Pending: true}
		}
	}
	if code := itemCode; code != "" {
		if _, ok := f.known.items.Load(code); !ok {
			f.items[code] = item{code, itemName, departmentCode}
		}
	}
}

// fill gives what was found to a batch, in key order.
func (f *finder) fill(b *batch) {
	b.regions, b.departments, b.items = sortedValues(f.regions), sortedValues(f.departments), sortedValues(f.items)
}

// learn remembers what a stored batch registered. A batch that stored nothing new registered nothing.
func (k *known) learn(b *batch) {
	k.registry.Learn(b.regions, b.departments)
	for _, i := range b.items {
		k.items.Store(strings.Clone(i.code), struct{}{})
	}
}

func sortedValues[T any](things map[string]T) []T {
	if len(things) == 0 {
		return nil
	}
	codes := make([]string, 0, len(things))
	for code := range things {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	values := make([]T, len(codes))
	for i, code := range codes {
		values[i] = things[code]
	}
	return values
}

// Registers are the lists that the program holds in memory.
type Registers struct {
	Registry *org.Registry
	Entities *catalog.EntitySet
	Tags     *catalog.Tags
}

// Load reads the registers again.
func (s *Store) Load(ctx context.Context, into Registers) error {
	var registers org.Registers
	var entities []catalog.Entity
	var tags []catalog.Tag
	err := s.snapshot(ctx, func(tx *sql.Tx) (err error) {
		if registers, err = readRegisters(ctx, tx); err != nil {
			return err
		}
		entities, err = all(ctx, tx, "SELECT code, name FROM entity ORDER BY position, code",
			func(e *catalog.Entity) []any { return []any{&e.Code, &e.Name} })
		if err != nil {
			return err
		}
		tags, err = readTags(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("load registers: %w", err)
	}
	s.known.items.Clear() // whose rows may be gone: of a test database that was emptied
	into.Registry.Replace(registers.Regions, registers.Departments, registers.Successions...)
	into.Entities.Replace(entities, mergedEntities(registers.Successions))
	into.Tags.Replace(tags)
	return nil
}

// mergedEntities are the evaluation objects that were merged into others.
func mergedEntities(successions []org.Succession) map[string]string {
	merged := map[string]string{}
	for _, s := range successions {
		if s.Kind == org.OfEntity {
			merged[s.Former] = s.Code
		}
	}
	return merged
}

// all reads every row of a query; fields gives where the columns of one go.
func all[T any](ctx context.Context, tx *sql.Tx, query string, fields func(*T) []any, arguments ...any) ([]T, error) {
	var things []T
	rows, err := tx.QueryContext(ctx, query, arguments...)
	err = each(rows, err, func(rows *sql.Rows) error {
		var thing T
		err := rows.Scan(fields(&thing)...)
		things = append(things, thing)
		return err
	})
	return things, err
}
