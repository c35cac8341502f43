package privacy_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/haochaping/haochaping/internal/privacy"
)

// sealedStream seals a text, and gives where its pieces begin.
func sealedStream(t *testing.T, keys *privacy.Keys, head privacy.StreamHead, plain []byte) (sealed []byte, pieces []int) {
	t.Helper()
	var to bytes.Buffer
	w, err := keys.SealStream(&to, head, []byte("head"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for at := 0; at < to.Len(); {
		pieces = append(pieces, at)
		at += 4 + int(binary.BigEndian.Uint32(to.Bytes()[at:])&^(1<<31))
	}
	return to.Bytes(), pieces
}

func opened(keys *privacy.Keys, head privacy.StreamHead, sealed []byte, context string) ([]byte, error) {
	r, err := keys.OpenStream(bytes.NewReader(sealed), head, []byte(context))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestAStreamOpensToWhatWasWritten(t *testing.T) {
	keys := privacy.NewKeys()
	for _, algorithm := range []privacy.Algorithm{privacy.SM4, privacy.AES} {
		for _, size := range []int{0, 1, 256<<10 - 1, 256 << 10, 256<<10 + 1, 1_000_000} {
			plain := bytes.Repeat([]byte("好差评"), size/9+1)[:size]
			head := keys.NewStream(algorithm)
			sealed, _ := sealedStream(t, keys, head, plain)
			if got, err := opened(keys, head, sealed, "head"); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("algorithm %d, %d bytes: got %d bytes, %v", algorithm, size, len(got), err)
			}
		}
	}
}

func TestAStreamThatWasTouchedDoesNotOpen(t *testing.T) {
	keys, other := privacy.NewKeys(), privacy.NewKeys()
	head := keys.NewStream(privacy.SM4)
	plain := bytes.Repeat([]byte("x"), 700<<10) // three pieces
	sealed, pieces := sealedStream(t, keys, head, plain)
	if len(pieces) != 3 {
		t.Fatalf("%d pieces, want 3", len(pieces))
	}
	second, third := pieces[1], pieces[2]
	foreign := head
	foreign.Mark = other.NewStream(privacy.SM4).Mark
	salted := head
	salted.Salt = bytes.Repeat([]byte{1}, len(head.Salt))
	changed := func(at int) []byte {
		c := bytes.Clone(sealed)
		c[at] ^= 1
		return c
	}
	for _, tt := range []struct {
		name    string
		keys    *privacy.Keys
		head    privacy.StreamHead
		sealed  []byte
		context string
		want    error
	}{
		{"another key of the same id", other, head, sealed, "head", privacy.ErrNoKey},
		{"another mark", keys, foreign, sealed, "head", privacy.ErrNoKey},
		{"another salt", keys, salted, sealed, "head", privacy.ErrForged},
		{"another context", keys, head, sealed, "tail", privacy.ErrForged},
		{"a bit of the first piece", keys, head, changed(100), "head", privacy.ErrForged},
		{"a bit of the last tag", keys, head, changed(len(sealed) - 1), "head", privacy.ErrForged},
		{"the mark of the last piece", keys, head, changed(third), "head", privacy.ErrForged},
		{"the last piece left out", keys, head, sealed[:third], "head", privacy.ErrCut},
		{"cut within a piece", keys, head, sealed[:third+9], "head", privacy.ErrCut},
		{"nothing", keys, head, nil, "head", privacy.ErrCut},
		{"a piece left out", keys, head, append(bytes.Clone(sealed[:second]), sealed[third:]...), "head", privacy.ErrForged},
		{
			"two pieces exchanged", keys, head,
			append(append(bytes.Clone(sealed[second:third]), sealed[:second]...), sealed[third:]...), "head", privacy.ErrForged,
		},
	} {
		if _, err := opened(tt.keys, tt.head, tt.sealed, tt.context); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}
