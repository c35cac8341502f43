package privacy

import (
	"crypto/hmac"
	"encoding/binary"
	"hash"
	"sync"

	"github.com/emmansun/gmsm/sm3"
)

// Digest is a keyed hash: equal for equal input, and it reveals nothing without the key.
type Digest [16]byte

// Blinder makes blind indexes and identities: HMAC-SM3 under the index key, cut to 128 bits.
type Blinder struct{ macs sync.Pool }

// NewBlinder makes a blinder over the index key.
func NewBlinder(keys *Keys) *Blinder {
	index := keys.Index
	return &Blinder{macs: sync.Pool{New: func() any { return hmac.New(sm3.New, index) }}}
}

// Digest hashes the parts for one purpose. Parts are framed by their lengths, so ("ab","c") and ("a","bc") differ,
// and so do two purposes.
func (b *Blinder) Digest(purpose string, parts ...string) Digest {
	mac := b.macs.Get().(hash.Hash)
	defer b.macs.Put(mac)
	mac.Reset()
	buffer := make([]byte, 0, 256)
	buffer = appendFramed(buffer, purpose)
	for _, part := range parts {
		buffer = appendFramed(buffer, part)
	}
	mac.Write(buffer)
	var sum [sm3.Size]byte
	return Digest(mac.Sum(sum[:0])[:len(Digest{})])
}

func appendFramed(buffer []byte, part string) []byte {
	buffer = binary.AppendUvarint(buffer, uint64(len(part)))
	return append(buffer, part...)
}
