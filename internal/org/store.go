package org

import (
	"context"
	"errors"
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
}

// ErrChanged says that somebody else has changed successions meanwhile.
var ErrChanged = errors.New("successions were changed meanwhile")
