package privacy

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Faults of a sealed stream; a changed, exchanged or foreign piece is ErrForged.
var (
	// ErrNoKey says that the keys do not hold the one that a stream was sealed with.
	ErrNoKey = errors.New("sealing key is not in the key file")
	// ErrCut says that a stream ends before its end.
	ErrCut = errors.New("sealed stream is cut")
)

const (
	// streamPiece is how much is sealed at once, in bytes: what a reader and a writer hold, and no more.
	streamPiece = 256 << 10
	// lastPiece marks the length of the last piece. That it is the last is sealed, too.
	lastPiece = 1 << 31
	saltSize  = 32
)

// StreamHead says how a stream is sealed. It is no secret, and is kept in front of the stream.
type StreamHead struct {
	Algorithm Algorithm `json:"algorithm"`
	// Key is the id of the sealing key, Mark tells keys of the same id apart.
	Key  byte   `json:"key"`
	Mark []byte `json:"mark"`
	// Salt makes a key for this stream alone, so that its pieces can be numbered from nought.
	Salt []byte `json:"salt"`
}

// NewStream is the head of a stream that is going to be sealed with the active key.
func (k *Keys) NewStream(algorithm Algorithm) StreamHead {
	return StreamHead{Algorithm: algorithm, Key: k.Active, Mark: markOf(k.Sealing[k.Active]), Salt: random(saltSize)}
}

func markOf(secret []byte) []byte { return derive(secret, "mark")[:8] }

// stream is the cipher of one stream: each piece is sealed with its number, with whether it is the last, and for one context.
type stream struct {
	aead    cipher.AEAD
	context []byte
	number  uint64
}

func (k *Keys) stream(head StreamHead, context []byte) (*stream, error) {
	secret, ok := k.Sealing[head.Key]
	if !ok || string(markOf(secret)) != string(head.Mark) {
		return nil, fmt.Errorf("sealing key %d: %w", head.Key, ErrNoKey)
	}
	build := map[Algorithm]func([]byte) (cipher.Block, error){SM4: sm4Block, AES: aesBlock}[head.Algorithm]
	if build == nil || len(head.Salt) != saltSize {
		return nil, fmt.Errorf("head of a sealed stream: %w", ErrForged)
	}
	block, err := build(derive(secret, "stream "+string(head.Salt)))
	if err != nil {
		return nil, fmt.Errorf("sealing key %d: %w", head.Key, err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("sealing key %d: %w", head.Key, err)
	}
	return &stream{aead: aead, context: context}, nil
}

// nonce is that of the next piece. No two pieces of a stream have the same, and no two streams the same key.
func (s *stream) nonce(last bool) []byte {
	nonce := make([]byte, nonceSize)
	binary.BigEndian.PutUint64(nonce, s.number)
	if last {
		nonce[nonceSize-1] = 1
	}
	s.number++
	return nonce
}

// SealStream seals what is written to it in pieces. Close seals the last one; without it the stream is cut. context is bound
// to every piece: a stream whose head or surroundings were changed does not open.
func (k *Keys) SealStream(to io.Writer, head StreamHead, context []byte) (io.WriteCloser, error) {
	s, err := k.stream(head, context)
	if err != nil {
		return nil, err
	}
	return &streamWriter{stream: s, to: to, plain: make([]byte, 0, streamPiece), sealed: make([]byte, 4, 4+streamPiece+s.aead.Overhead())}, nil
}

type streamWriter struct {
	*stream
	to            io.Writer
	plain, sealed []byte
}

func (w *streamWriter) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		if len(w.plain) == streamPiece { // sealed only now, for it might have been the last
			if err := w.piece(0); err != nil {
				return n, err
			}
		}
		taken := min(len(p), streamPiece-len(w.plain))
		w.plain = append(w.plain, p[:taken]...)
		p, n = p[taken:], n+taken
	}
	return n, nil
}

func (w *streamWriter) Close() error { return w.piece(lastPiece) }

func (w *streamWriter) piece(last uint32) error {
	sealed := w.aead.Seal(w.sealed[:4], w.nonce(last != 0), w.plain, w.context)
	binary.BigEndian.PutUint32(sealed, uint32(len(sealed)-4)|last) //nolint:gosec // a piece is small
	w.plain = w.plain[:0]
	_, err := w.to.Write(sealed)
	return err
}

// OpenStream opens what SealStream sealed for the same context. Nothing is given that was not proven: a reader gets ErrForged at
// the first piece that was changed, exchanged or left out, ErrCut when the last is missing. from is read exactly to the end of
// the stream.
func (k *Keys) OpenStream(from io.Reader, head StreamHead, context []byte) (io.Reader, error) {
	s, err := k.stream(head, context)
	if err != nil {
		return nil, err
	}
	return &streamReader{stream: s, from: from, sealed: make([]byte, streamPiece+s.aead.Overhead())}, nil
}

type streamReader struct {
	*stream
	from   io.Reader
	sealed []byte
	plain  []byte // of the piece, not yet read
	err    error
}

func (r *streamReader) Read(p []byte) (int, error) {
	for len(r.plain) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.plain, r.err = r.piece()
	}
	n := copy(p, r.plain)
	r.plain = r.plain[n:]
	return n, nil
}

// piece opens the next one, with io.EOF when it is the last.
func (r *streamReader) piece() ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(r.from, length[:]); err != nil {
		return nil, cut(err)
	}
	size := binary.BigEndian.Uint32(length[:])
	last := size&lastPiece != 0
	size &^= lastPiece
	if int64(size) > int64(len(r.sealed)) {
		return nil, ErrForged
	}
	if _, err := io.ReadFull(r.from, r.sealed[:size]); err != nil {
		return nil, cut(err)
	}
	plain, err := r.aead.Open(r.sealed[:0], r.nonce(last), r.sealed[:size], r.context)
	switch {
	case err != nil:
		return nil, ErrForged
	case last:
		return plain, io.EOF
	}
	return plain, nil
}

// cut is the error of a reading that came to the end too early.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrCut
	}
	return err
}
