package backup

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/haochaping/haochaping/internal/privacy"
)

const (
	// named begins the first line, which ends with the number of the format.
	named  = "haochaping backup "
	format = 1
	// Limits of the first line and the head, in bytes.
	maxLine = len(named) + 10
	maxHead = 4 << 10
)

// encode is the head as it stands in the file, with the line that names it.
func (h *Head) encode() ([]byte, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode the head of a backup: %w", err)
	}
	head := append([]byte(named), strconv.Itoa(format)+"\n"...)
	head = binary.BigEndian.AppendUint32(head, uint32(len(text))) //nolint:gosec // a few hundred bytes
	return append(head, text...), nil
}

// readHead reads the head, and gives it as it stands in the file, too.
func readHead(from io.Reader) (*Head, []byte, error) {
	var line []byte
	for letter := [1]byte{}; letter[0] != '\n'; line = append(line, letter[0]) {
		if _, err := io.ReadFull(from, letter[:]); err != nil || len(line) > maxLine {
			return nil, nil, ErrNone
		}
	}
	number, ok := bytes.CutPrefix(bytes.TrimSuffix(line, []byte("\n")), []byte(named))
	version, err := strconv.Atoi(string(number))
	if !ok || err != nil || version < 1 {
		return nil, nil, ErrNone
	}
	if version > format {
		return nil, nil, ErrNewer
	}
	var length [4]byte
	if _, err := io.ReadFull(from, length[:]); err != nil {
		return nil, nil, ErrCut
	}
	size := binary.BigEndian.Uint32(length[:])
	if size > maxHead {
		return nil, nil, ErrDamaged
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(from, text); err != nil {
		return nil, nil, ErrCut
	}
	head := &Head{}
	if err := json.Unmarshal(text, head); err != nil {
		return nil, nil, ErrDamaged // its words would quote the file
	}
	return head, append(append(line, length[:]...), text...), nil
}

// fingerprint tells index keys apart, as the database does.
func fingerprint(keys *privacy.Keys) string {
	digest := privacy.NewBlinder(keys).Digest("fingerprint")
	return fmt.Sprintf("%x", digest[:])
}
