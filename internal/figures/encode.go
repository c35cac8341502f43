package figures

import (
	"encoding/binary"
	"errors"
)

// encoding is the first byte of encoded facts, encodingWithoutHours of those whose hour is not known. What an older node wrote a
// newer one reads.
const (
	encoding             = 4
	encodingWithoutHours = 1
)

// errFacts says that encoded facts can't be read.
var errFacts = errors.New("encoded facts are damaged")

// Encode writes the facts of a batch compactly: a dictionary of their strings, then numbers.
func Encode(facts []Fact) []byte {
	words := map[string]uint64{}
	var dictionary []string
	body := make([]byte, 0, 32*len(facts))
	word := func(s string) {
		index, known := words[s]
		if !known {
			index = uint64(len(dictionary))
			words[s] = index
			dictionary = append(dictionary, s)
		}
		body = binary.AppendUvarint(body, index)
	}
	for i := range facts {
		f := &facts[i]
		for _, s := range f.words() {
			word(*s)
		}
		body = append(body, byte(len(f.Tags))) //nolint:gosec // at most 20 (contract.md 4)
		for _, id := range f.Tags {
			word(id)
		}
		flagged := byte(0)
		if f.Flagged {
			flagged = 1
		}
		body = append(body, byte(f.Stars), byte(f.AcceptStars), byte(f.DealStars), flagged) //nolint:gosec // at most 5
		body = binary.AppendUvarint(body, uint64(f.Day))                                    //nolint:gosec // a day yyyymmdd is positive
		body = append(body, byte(f.Hour))                                                   //nolint:gosec // 0 to 23, or UnknownHour, which becomes 255
		body = binary.AppendVarint(body, int64(f.Weight))
	}
	out := binary.AppendUvarint([]byte{encoding}, uint64(len(dictionary)))
	for _, s := range dictionary {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	out = binary.AppendUvarint(out, uint64(len(facts)))
	return append(out, body...)
}

func (f *Fact) words() [9]*string {
	return [9]*string{&f.Region, &f.Department, &f.Item, &f.Officer, &f.App, &f.Entity, &f.Channel, &f.Hall, &f.Window}
}

// Decode reads what Encode wrote.
func Decode(data []byte) ([]Fact, error) {
	if len(data) == 0 || data[0] != encoding && data[0] != encodingWithoutHours {
		return nil, errFacts
	}
	hours := data[0] == encoding
	r := reader{data: data[1:]}
	dictionary := make([]string, r.count())
	for i := range dictionary {
		dictionary[i] = string(r.take(r.count()))
	}
	word := func() string {
		if i := r.uvarint(); i < uint64(len(dictionary)) {
			return dictionary[i]
		}
		r.damaged = true
		return ""
	}
	facts := make([]Fact, r.count())
	for i := range facts {
		f := &facts[i]
		for _, s := range f.words() {
			*s = word()
		}
		if tags := int(r.byte()); tags > 0 {
			f.Tags = make([]string, tags)
			for j := range f.Tags {
				f.Tags[j] = word()
			}
		}
		f.Stars, f.AcceptStars, f.DealStars = int(r.byte()), int(r.byte()), int(r.byte())
		f.Flagged = r.byte() == 1
		f.Day = int(r.uvarint() & 0x7fffffff)
		f.Hour = UnknownHour
		if hours {
			f.Hour = int(int8(r.byte())) //nolint:gosec // 255 is UnknownHour
		}
		f.Weight = r.varint()
		if r.damaged || f.Stars < 1 || max(f.Stars, f.AcceptStars, f.DealStars) > 5 || f.Hour < UnknownHour || f.Hour > 23 {
			return nil, errFacts
		}
	}
	if r.damaged || len(r.data) > 0 {
		return nil, errFacts
	}
	return facts, nil
}

// reader reads numbers until the data is damaged; then it reads zeros.
type reader struct {
	data    []byte
	damaged bool
}

func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.data)
	if size <= 0 {
		r.damaged, r.data = true, nil
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *reader) varint() int {
	n, size := binary.Varint(r.data)
	if size <= 0 {
		r.damaged, r.data = true, nil
		return 0
	}
	r.data = r.data[size:]
	return int(n)
}

// count is a number of things that follow, each of at least one byte.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.data)) {
		r.damaged, r.data = true, nil
		return 0
	}
	return int(n) //nolint:gosec // not more than len(r.data)
}

func (r *reader) take(n int) []byte {
	taken := r.data[:n]
	r.data = r.data[n:]
	return taken
}

func (r *reader) byte() byte {
	if len(r.data) == 0 {
		r.damaged = true
		return 0
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b
}
