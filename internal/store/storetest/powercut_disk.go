package storetest

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// happening is one thing that happened to a file: written to, cut to a length, made durable, or deleted.
type happening struct {
	file     string
	offset   int64 // of a write; the new length where length is set
	data     []byte
	length   bool
	synced   bool
	deleted  bool
	accepted int // how many reviews had been answered until then
}

// afterCut writes into a folder what a disk may hold when the power fails after these happenings: all that was made durable, and of
// what was written since any part, each sector for itself, in whatever order the disk chose.
func afterCut(happenings []happening, folder string, chance *rand.Rand) error {
	durable := map[string]int{} // by file: the last moment at which everything before was made durable
	for i := range happenings {
		if h := &happenings[i]; h.synced || h.deleted {
			durable[h.file] = i
		}
	}
	files := map[string][]byte{}
	// A mood for each cut: all of what was pending is there, or none, or some.
	keep := []float64{0, 0.1, 0.5, 0.9, 1}[chance.IntN(5)]
	for i := range happenings {
		h := &happenings[i]
		last, known := durable[h.file]
		pending := !known || i > last
		content := files[h.file]
		switch {
		case h.deleted:
			delete(files, h.file)
			continue
		case h.length:
			if !pending || chance.Float64() < keep {
				content = resized(content, int(h.offset))
			}
		default:
			for from := 0; from < len(h.data); {
				at := int(h.offset) + from
				to := min(len(h.data), from+sector-at%sector)
				if !pending || chance.Float64() < keep {
					if end := int(h.offset) + to; end > len(content) {
						content = resized(content, end)
					}
					copy(content[at:], h.data[from:to])
				}
				from = to
			}
		}
		files[h.file] = content
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func resized(content []byte, length int) []byte {
	if length <= len(content) {
		return content[:length]
	}
	return append(slices.Grow(content, length-len(content)), make([]byte, length-len(content))...)
}
