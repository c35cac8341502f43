package org

import (
	"context"
	"errors"
	"time"
)

// Registers are all regions and departments as they are stored, and what became of codes.
type Registers struct {
	Regions     []Region
	Departments []Department
	Successions []Succession
}

// Changes are what is to be stored of registers.
type Changes struct {
	Regions     []Region
	Departments []Department
	Successions []Succession
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
	// SaveRegisters stores changes in one durable transaction: ErrChanged when there are other successions than Since, and
	// nothing is stored.
	SaveRegisters(ctx context.Context, changes Changes) error
	// MoveRecords looks through a piece of the records and moves those under codes that were given up, with the figures, in one
	// durable transaction. It may be called by several processes and cut short at any time.
	MoveRecords(ctx context.Context) (Moved, error)
	// Moving says how far that has come.
	Moving(ctx context.Context) (Progress, error)

	// Items gives items of a filter by code.
	Items(ctx context.Context, filter ItemFilter) ([]Item, error)
	// SaveItem stores one item that is there and notes it; false when it is not.
	SaveItem(ctx context.Context, item Item) (bool, error)
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

// ErrChanged says that somebody else has changed successions meanwhile.
var ErrChanged = errors.New("successions were changed meanwhile")
