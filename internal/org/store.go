package org

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Registers are all regions and departments as they are stored, and what became of codes.
type Registers struct {
	Regions     []Region
	Departments []Department
	// Items are those that are asked for: there may be a hundred thousand.
	Items       []Item
	Successions []Succession
}

// Changes are what is to be stored of registers.
type Changes struct {
	Regions     []Region
	Departments []Department
	Items       []Item
	Successions []Succession
	// Before are the entries that are to be changed as they were when the changes were made.
	Before Registers
	// Since are the successions that Successions were made for.
	Since []Succession
}

// Moved is what one step of moving records did.
type Moved struct {
	// Going says that there may be more to move now.
	Going bool
	Seen  int // records that were looked at
	Moved int
}

// Store keeps registers, and moves records under codes that were given up.
type Store interface {
	// Registers gives all of them at one moment, each by code.
	Registers(ctx context.Context) (Registers, error)
	// SaveRegisters stores changes in one durable transaction: ErrChanged when there are other successions than Since, or when a
	// person has changed an entry since Before, and nothing is stored.
	SaveRegisters(ctx context.Context, changes Changes) error
	// MoveRecords looks through a piece of the records and moves those under codes that were given up, with the figures, in one
	// durable transaction. It may be called by several processes and cut short at any time.
	MoveRecords(ctx context.Context) (Moved, error)
	// Moving says how far that has come.
	Moving(ctx context.Context) (Progress, error)

	// Items gives items of a filter by code.
	Items(ctx context.Context, filter ItemFilter) ([]Item, error)
	// SaveItem stores one item that is there and notes it, unless a person has changed it since it was seen. It gives the item
	// as it is then; nil when it is not there or was given up.
	SaveItem(ctx context.Context, item Item, seen string) (*Item, error)
	// CountPending is how many codes within bounds wait to be placed.
	CountPending(ctx context.Context, b Bounds) (Pending, error)
}

// Progress is how far the records under codes that were given up have been moved.
type Progress struct {
	// Going says that they are being moved, since Since; Affairs that completed affairs are looked through, else reviews.
	Going, Affairs bool
	Since          time.Time
	// Waiting is how many codes were given up whose records have not all been moved yet.
	Waiting int
}

// Bounds are how far somebody sees: RegionFrom <= region < RegionTo, and one department. Empty texts do not bound.
type Bounds struct{ RegionFrom, RegionTo, Department string }

// Pending is how many codes wait to be placed (待确认).
type Pending struct{ Regions, Departments, Items int }

// ErrChanged says that somebody else has changed successions or entries meanwhile.
var ErrChanged = errors.New("registers were changed meanwhile")

// Overtaken says whether a person has changed any entry since Before that these changes would make another one; current are those
// as they are stored now. What arrives on its own waits to be placed and may be placed.
func (c *Changes) Overtaken(current *Registers) bool {
	may := map[string]bool{}
	for _, of := range []*Registers{&c.Before, {Regions: c.Regions, Departments: c.Departments, Items: c.Items}} {
		for _, r := range of.Regions {
			may["region "+r.Code+" "+r.Seen()] = true
		}
		for _, d := range of.Departments {
			may["department "+d.Code+" "+d.Seen()] = true
		}
		for _, i := range of.Items {
			may["item "+i.Code+" "+i.Seen()] = true
		}
	}
	return slices.ContainsFunc(current.Regions, func(r Region) bool { return !r.Pending && !may["region "+r.Code+" "+r.Seen()] }) ||
		slices.ContainsFunc(current.Departments, func(d Department) bool { return !d.Pending && !may["department "+d.Code+" "+d.Seen()] }) ||
		slices.ContainsFunc(current.Items, func(i Item) bool { return !i.Pending && !may["item "+i.Code+" "+i.Seen()] })
}
