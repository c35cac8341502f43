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

// blinding is a hash under way, used again and again so that it asks for no memory.
type blinding struct {
	mac  hash.Hash
	text []byte
	sum  [sm3.Size]byte
}

// NewBlinder makes a blinder over the index key.
func NewBlinder(keys *Keys) *Blinder {
	index := keys.Index
	return &Blinder{macs: sync.Pool{New: func() any { return &blinding{mac: hmac.New(sm3.New, index)} }}}
}

// Digest hashes the parts for one purpose. Parts are framed by their lengths, so ("ab","c") and ("a","bc") differ,
// and so do two purposes.
func (b *Blinder) Digest(purpose string, parts ...string) Digest {
	h := b.macs.Get().(*blinding)
	defer b.macs.Put(h)
	h.mac.Reset()
	h.text = appendFramed(h.text[:0], purpose)
	for _, part := range parts {
		h.text = appendFramed(h.text, part)
	}
	h.mac.Write(h.text)
	return Digest(h.mac.Sum(h.sum[:0])[:len(Digest{})])
}

func appendFramed(buffer []byte, part string) []byte {
	buffer = binary.AppendUvarint(buffer, uint64(len(part)))
	return append(buffer, part...)
}
