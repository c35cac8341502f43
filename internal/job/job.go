// Package job does later and surely what must not be done within a business transaction: notices, webhooks, reports. A job is
// a durable row, written by the transaction that wants it, and done at least once, by one process at a time.
package job

import (
	"context"
	"time"
)

// Job is something to be done.
type Job struct {
	// Kind says who does it.
	Kind string
	// Key names what it is about. As long as a job of the same kind and key waits and was never tried, no second one is queued:
	// the one that waits keeps its payload, and the earlier of both moments. Empty is never the same as another.
	Key string
	// Payload is what whoever does it needs to know, at most MaxPayload bytes, without personal data.
	Payload []byte
	// At is when, not earlier; the zero value is now.
	At time.Time
}

// Limits of a job's fields, in bytes.
const (
	MaxKind    = 32
	MaxKey     = 128
	MaxPayload = 16 << 10
)

// State is how far a job has come.
type State int

// States of a job.
const (
	New    State = iota // it waits and was never tried
	Tried               // it is being done, or waits for another attempt
	Done                // it was done
	Failed              // it was tried for the last time
)

// Pauses are those after each attempt that failed; after the attempt behind the last of them a job has failed.
var Pauses = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 24 * time.Hour}

// Claimed is a job that this process does, until its lease ends.
type Claimed struct {
	ID      string
	Kind    string
	Key     string
	Payload []byte
	// Attempt counts from 1; Token is this attempt's own.
	Attempt int
	Token   string
}

// Queue keeps jobs.
type Queue interface {
	// ClaimJob takes one due job of these kinds for as long as lease says, and counts an attempt; nil when none is due. It gives
	// jobs up that were tried too often without an end.
	ClaimJob(ctx context.Context, kinds []string, lease time.Duration) (*Claimed, error)
	// FinishJob ends an attempt: done, or failed with words without personal data. retry is the pause before the next attempt;
	// negative is that there is none. The job stays as it is when the lease has ended and another process has it.
	FinishJob(ctx context.Context, c *Claimed, fault string, retry time.Duration) error
	// PutBackJob ends an attempt that was none: the job is as it was before, and due after the pause. It stays as it is when another
	// process has it.
	PutBackJob(ctx context.Context, c *Claimed, pause time.Duration) error
	// SweepJobs deletes jobs that came to an end before a moment, in one short transaction, and says how many; when it was
	// SweepPiece there may be more.
	SweepJobs(ctx context.Context, before time.Time) (deleted int, err error)
}

// SweepPiece is the most jobs that one SweepJobs deletes.
const SweepPiece = 1000
