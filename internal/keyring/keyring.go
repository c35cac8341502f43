// Package keyring knows the sealing keys of an installation: which one seals, which ones still open, which process knows which,
// and when a key may go. The secrets stand in the key file (privacy); the database holds what is decided about them, so that all
// processes seal with the same one, and none before every other can open it.
package keyring

import (
	"context"
	"slices"
	"time"

	"github.com/haochaping/haochaping/internal/privacy"
)

// State is what a sealing key is used for.
type State int

// States of a key, in the order in which they follow one another.
const (
	Added   State = iota // in the key file of who added it; does not seal yet
	Active               // seals
	Former               // only opens
	Retired              // nothing is sealed with it any more, it may leave the key files
)

// Key is a sealing key as the database knows it.
type Key struct {
	ID byte
	// Fingerprint is that of privacy.Keys: two keys of one id are told apart by it.
	Fingerprint string
	State       State
	At          time.Time // when it came into this state
	// Clean is when everything had been looked through and nothing was left that this former key sealed; zero before.
	Clean time.Time
}

// Node is a process that seals.
type Node struct {
	Name   string // host and more, for people
	Known  []byte // ids of the keys it can open with
	Active byte   // the key it seals with
	SeenAt time.Time
}

// Knows says whether a node can open what a key sealed.
func (n *Node) Knows(id byte) bool {
	return slices.Contains(n.Known, id)
}

// Alive is how long after its last sign of life a node is taken to run: it gives one every Beat.
const (
	Beat  = 2 * time.Second
	Alive = time.Minute
)

// Count is how many values of a column a key sealed.
type Count struct {
	Column string // table.column
	Key    byte
	Values int64
}

// Piece is what sealing again did in one short transaction.
type Piece struct {
	Going          bool // there is more to do
	Sealed, Failed int  // values sealed again, and values that don't open
	FailedIn       string
}

// Progress is how far sealing again has come.
type Progress struct {
	Going          bool
	Stage, Stages  int
	Sealed, Failed int64
	Begun          time.Time
}

// Reseal opens a value and seals it with the active key.
type Reseal func(sealed []byte, context string) ([]byte, error)

// Store keeps what is decided about keys.
type Store interface {
	// SealingKeys are all keys there ever were, by id.
	SealingKeys(ctx context.Context) ([]Key, error)
	// RegisterKeys makes the keys known when none are yet.
	RegisterKeys(ctx context.Context, keys []Key) error
	// AddKey makes one more key known as Added, with its entry in the audit chain.
	AddKey(ctx context.Context, key Key) error
	// ActivateKey makes an Added key the active one and the active one Former, with its entry in the audit chain. fault.Conflict when
	// a node that is alive does not know it.
	ActivateKey(ctx context.Context, id byte) error
	// RetireKey makes a Former key Retired, with its entry in the audit chain. fault.Conflict when a node that is alive still seals
	// with it. Whether anything is sealed with it the caller has counted.
	RetireKey(ctx context.Context, id byte) error
	// Unclean has everything looked through again for what a former key sealed.
	Unclean(ctx context.Context, id byte) error
	// SealingNodes are the nodes that are alive, by name.
	SealingNodes(ctx context.Context) ([]Node, error)
	// NoteNode is a node's sign of life; LeaveNode its last one.
	NoteNode(ctx context.Context, n Node) error
	LeaveNode(ctx context.Context, name string) error
	// SealedWith counts every sealed value by column and key. It reads all of them.
	SealedWith(ctx context.Context) ([]Count, error)
	// Reseal seals a piece again with the active key where another one sealed it, and goes on from there next time, in whichever
	// process. It does nothing when there is no former key that needs it, or while a node that is alive seals with another one.
	Reseal(ctx context.Context, active byte, reseal Reseal) (Piece, error)
}

// keysOf are the keys of a file as the database is to know them the first time.
func keysOf(file *privacy.Keys, at time.Time) []Key {
	var keys []Key
	for _, id := range file.IDs() {
		state := Former
		if id == file.Active {
			state = Active
		}
		keys = append(keys, Key{ID: id, Fingerprint: file.Fingerprint(id), State: state, At: at})
	}
	return keys
}
