package backup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/klauspost/compress/zstd"
)

// Reader reads a backup. What it gives was proven piece by piece; that all of it came is known when Read gave io.EOF.
type Reader struct {
	Head
	file     *os.File
	buffer   *bufio.Reader
	sum      hash.Hash
	pieces   io.Reader
	inflated *zstd.Decoder
	plain    int64
}

// Open opens a backup with the keys that it was sealed with.
func Open(name string, keys *privacy.Keys) (*Reader, error) {
	file, err := os.Open(name) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("open the backup: %w", err)
	}
	r, err := open(file, keys)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s：%w", name, err), file.Close())
	}
	return r, nil
}

func open(file *os.File, keys *privacy.Keys) (*Reader, error) {
	r := &Reader{file: file, buffer: bufio.NewReaderSize(file, window/4), sum: sha256.New()}
	head, text, err := readHead(io.TeeReader(r.buffer, r.sum))
	if err != nil {
		return nil, err
	}
	r.Head = *head
	r.pieces, err = keys.OpenStream(io.TeeReader(r.buffer, r.sum), head.Seal, text)
	switch {
	case errors.Is(err, privacy.ErrNoKey), err == nil && head.Index != fingerprint(keys):
		return nil, fmt.Errorf("%w（密钥编号 %d，标记 %x）", ErrKey, head.Seal.Key, head.Seal.Mark)
	case err != nil:
		return nil, ErrDamaged
	}
	r.inflated, err = zstd.NewReader(r.pieces, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
	return r, err
}

// Read implements io.Reader. After the last byte it looks at the checksum and at the end of the file.
func (r *Reader) Read(p []byte) (n int, err error) {
	n, err = r.inflated.Read(p)
	r.plain += int64(n)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		if err := r.over(); err != nil {
			return n, err
		}
		return n, io.EOF
	case errors.Is(err, privacy.ErrCut):
		return n, ErrCut
	case errors.Is(err, privacy.ErrForged), errors.Is(err, zstd.ErrMagicMismatch), errors.Is(err, io.ErrUnexpectedEOF):
		return n, ErrDamaged
	}
	return n, fmt.Errorf("read the backup: %w", err)
}

// over looks at what follows the content: the end of the sealed stream, the checksum, and nothing else.
func (r *Reader) over() error {
	if more, err := io.Copy(io.Discard, r.pieces); errors.Is(err, privacy.ErrCut) {
		return ErrCut
	} else if err != nil || more > 0 {
		return ErrDamaged
	}
	var sum [sha256.Size]byte
	if _, err := io.ReadFull(r.buffer, sum[:]); err != nil {
		return ErrCut
	}
	if _, err := r.buffer.ReadByte(); !bytes.Equal(sum[:], r.sum.Sum(nil)) || !errors.Is(err, io.EOF) {
		return ErrDamaged
	}
	return nil
}

// Close closes the file.
func (r *Reader) Close() error {
	r.inflated.Close()
	return r.file.Close()
}

// Verify reads all of a backup and gives its head and the size of what is in it, or what is wrong with it.
func Verify(name string, keys *privacy.Keys) (head *Head, plain int64, err error) {
	r, err := Open(name, keys)
	if err != nil {
		return nil, 0, err
	}
	defer r.Close() //nolint:errcheck // it was only read
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, 0, fmt.Errorf("%s：%w", name, err)
	}
	return &r.Head, r.plain, nil
}

// Unopened looks at the head and the checksum only, for whom has no key: what was damaged by accident is found, what somebody
// changed on purpose is not.
func Unopened(name string) (*Head, error) {
	file, err := os.Open(name) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("open the backup: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("open the backup: %w", err)
	}
	sum := sha256.New()
	buffer := bufio.NewReaderSize(file, window/4)
	head, text, err := readHead(io.TeeReader(buffer, sum))
	if err != nil {
		return nil, fmt.Errorf("%s：%w", name, err)
	}
	rest := info.Size() - int64(len(text)) - sha256.Size
	var stored [sha256.Size]byte
	if rest < 0 {
		return nil, fmt.Errorf("%s：%w", name, ErrCut)
	}
	if _, err := io.CopyN(sum, buffer, rest); err != nil {
		return nil, fmt.Errorf("%s：%w", name, err)
	}
	if _, err := io.ReadFull(buffer, stored[:]); err != nil {
		return nil, fmt.Errorf("%s：%w", name, err)
	}
	if !bytes.Equal(stored[:], sum.Sum(nil)) {
		return nil, fmt.Errorf("%s：%w", name, ErrDamaged)
	}
	return head, nil
}

// ReadHead reads no more of a backup than its head: when it was made, and of what.
func ReadHead(name string) (*Head, error) {
	file, err := os.Open(name) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("open the backup: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	head, _, err := readHead(bufio.NewReader(file))
	return head, err
}
