package audit

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/emmansun/gmsm/sm3"
)

// Hash is an SM3 hash.
type Hash [sm3.Size]byte

// Link is an entry in its place in the chain. Numbers begin with 1 and leave nothing out.
type Link struct {
	Entry
	Number int64
	Hash   Hash
}

// Anchor is a place in the chain: whoever keeps one outside the database can prove later that what came before it is as it
// was. The zero value is the place before the first entry.
type Anchor struct {
	Number int64
	Hash   Hash
}

// Next puts an entry, trimmed, after an anchor.
func (a Anchor) Next(e Entry) Link {
	link := Link{Entry: e.Trimmed(), Number: a.Number + 1}
	link.Hash = link.hash(a.Hash)
	return link
}

// Anchor is the place of a link.
func (l *Link) Anchor() Anchor { return Anchor{l.Number, l.Hash} }

// format is the first byte of what is hashed, so that another way of encoding can come one day.
const format = 1

// hash is SM3 over the format, the hash before, number and microseconds as 8 bytes each (big endian), and every text behind
// its length in bytes (4 bytes): no two entries are encoded alike.
func (l *Link) hash(previous Hash) (sum Hash) {
	text := append([]byte{format}, previous[:]...)
	text = binary.BigEndian.AppendUint64(text, uint64(l.Number)) //nolint:gosec // all 64 bits, as they are
	text = binary.BigEndian.AppendUint64(text, uint64(l.At.UnixMicro()))
	for _, field := range []string{l.Actor, l.Action, l.Object, l.Before, l.After, l.Reason, l.Request, l.Address} {
		text = binary.BigEndian.AppendUint32(text, uint32(len(field))) //nolint:gosec // at most 16 kB
		text = append(text, field...)
	}
	return sm3.Sum(text)
}

// String is the anchor as people keep it: NUMBER-HASH.
func (a Anchor) String() string { return fmt.Sprintf("%d-%s", a.Number, hex.EncodeToString(a.Hash[:])) }

// ParseAnchor reads what String gave; false when it is nothing of the kind.
func ParseAnchor(text string) (a Anchor, ok bool) {
	number, hash, _ := strings.Cut(strings.TrimSpace(text), "-")
	n, err := strconv.ParseInt(number, 10, 64)
	bytes, bad := hex.DecodeString(hash)
	if err != nil || bad != nil || n < 0 || len(bytes) != len(a.Hash) {
		return Anchor{}, false
	}
	return Anchor{n, Hash(bytes)}, true
}
