package affair

import (
	"time"

	"github.com/haochaping/haochaping/internal/fault"
)

// MaxBatch is the most rows of one batch.
const MaxBatch = 5000

// Row is one row as it was read.
type Row struct {
	Affair
	// Violations are why it can't be taken; see Reader.
	Violations []fault.Violation
	// Cells are the row as it came, in the order of the batch's columns. They are looked at only when it is rejected.
	Cells []string
	// Where is the row's place for people, such as “第 12 行”; it may be empty.
	Where string
	// Corrects is the Key of a rejected row that this one stands for now, right or still wrong; it may be empty. One with the
	// same serial number is put right without it.
	Corrects string
}

// Batch is what is taken in one transaction. Of two rows with one serial number the later counts.
type Batch struct {
	// Source names where the rows come from, for ever the same: app:CODE, file, or a front database's name; at most 64 characters.
	Source string
	// Columns are the titles of the rows' cells.
	Columns []string
	// Rows are at most MaxBatch.
	Rows []Row
	// Cursor is where the source is to be read on from when the rows are taken; nil leaves it where it is.
	Cursor *Cursor
}

// Cursor is a place in a source: the value of its cursor column, and the key among those that share it.
type Cursor struct{ Value, Key string }

// State is what became of a row.
type State string

// A row is a new affair, or changes one, or is the same as one that is there, or can't be taken.
const (
	New      State = "new"
	Changed  State = "changed"
	Same     State = "same"
	Rejected State = "rejected"
)

// Verdict is the answer to one row.
type Verdict struct {
	State State
	// Violations are why it was rejected.
	Violations []fault.Violation
}

// RejectedRow is a row that could not be taken.
type RejectedRow struct {
	Source string
	// Key is what Row.Corrects names.
	Key        string
	SerialNo   string // empty when it had none
	Where      string
	Violations []fault.Violation
	Columns    []string
	Cells      []string
	At         time.Time // when it came last
}

// Orphan is a review of an affair that is not known.
type Orphan struct {
	Serial   string // the review's
	SerialNo string // the affair's
	AppCode  string
	ItemCode string
	ItemName string
	// Unverified reviews don't count until the affair is known.
	Unverified bool
	EvalTime   time.Time
}

// OrphanPosition is a place in the list of orphans, which are ordered by time of evaluation, then by serial number.
type OrphanPosition struct {
	EvalTime time.Time
	Serial   string
}
