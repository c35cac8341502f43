package review

import (
	"crypto/rand"
	"strings"
	"sync"
	"time"
)

// The public serial number (affairEvalId) has 20 characters: milliseconds since 1970 (9), a count within the
// millisecond (3), the slot (1), the node (7), each character five bits of Crockford's alphabet, which holds its
// order in ASCII. So numbers sort by time; the slot leads a look-up to one place; and nodes, which draw 35 random
// bits at their start, need not know of one another.
const (
	serialLength = 20
	slotPosition = 12
	alphabet     = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	perMilli     = 1 << 15
)

// Serials makes serial numbers. It is safe for concurrent use.
type Serials struct {
	now   func() time.Time
	node  string
	mu    sync.Mutex
	milli int64
	count int64
}

// NewSerials makes a source of numbers with a node number of its own.
func NewSerials(now func() time.Time) *Serials {
	var seed [7]byte
	rand.Read(seed[:]) // never fails: it ends the process instead
	var node strings.Builder
	for _, b := range seed {
		node.WriteByte(alphabet[b%32])
	}
	return &Serials{now: now, node: node.String()}
}

// Next is a number never given before, greater than all this source gave, whatever the clock does.
func (s *Serials) Next(slot int) string {
	milli, count := s.tick()
	var text [serialLength]byte
	write(text[0:9], milli)
	write(text[9:12], count)
	text[slotPosition] = alphabet[slot]
	copy(text[13:], s.node)
	return string(text[:])
}

func (s *Serials) tick() (milli, count int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now().UnixMilli(); now > s.milli {
		s.milli, s.count = now, 0
	} else if s.count++; s.count == perMilli {
		s.milli, s.count = s.milli+1, 0
	}
	return s.milli, s.count
}

func write(to []byte, n int64) {
	for i := len(to) - 1; i >= 0; i-- {
		to[i] = alphabet[n&31]
		n >>= 5
	}
}

// SlotOfSerial reads the slot out of a serial number; false when it is not one of ours.
func SlotOfSerial(serial string) (int, bool) {
	if len(serial) != serialLength {
		return 0, false
	}
	for i := range len(serial) {
		if strings.IndexByte(alphabet, serial[i]) < 0 {
			return 0, false
		}
	}
	return strings.IndexByte(alphabet, serial[slotPosition]), true
}

// SerialsFrom is less than every serial number given from a moment on, and greater than those given before.
func SerialsFrom(at time.Time) string {
	var text [9]byte
	write(text[:], at.UnixMilli())
	return string(text[:])
}
