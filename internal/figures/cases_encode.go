package figures

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// encodingOfCases is the first byte of encoded moves of cases.
const encodingOfCases = 3

// EncodeCases writes moves of cases compactly, as Encode writes facts.
func EncodeCases(m CaseMoves) []byte {
	words := map[string]uint64{}
	var dictionary []string
	body := make([]byte, 0, 16*len(m))
	for _, of := range slices.SortedFunc(maps.Keys(m), Case.compare) {
		for _, s := range of.words() {
			index, known := words[*s]
			if !known {
				index = uint64(len(dictionary))
				words[*s] = index
				dictionary = append(dictionary, *s)
			}
			body = binary.AppendUvarint(body, index)
		}
		body = binary.AppendUvarint(body, uint64(of.Day)) //nolint:gosec // a day yyyymmdd is positive
		for _, n := range m[of] {
			body = binary.AppendVarint(body, n)
		}
	}
	out := binary.AppendUvarint([]byte{encodingOfCases}, uint64(len(dictionary)))
	for _, s := range dictionary {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	out = binary.AppendUvarint(out, uint64(len(m)))
	return append(out, body...)
}

func (c *Case) words() [5]*string {
	return [5]*string{&c.Region, &c.Department, &c.Hall, &c.Entity, &c.Channel}
}

func (c Case) compare(o Case) int {
	if order := cmp.Compare(c.Day, o.Day); order != 0 {
		return order
	}
	theirs := o.words()
	for i, word := range c.words() {
		if order := strings.Compare(*word, *theirs[i]); order != 0 {
			return order
		}
	}
	return 0
}

// decodeCases reads what EncodeCases wrote.
func decodeCases(data []byte, do func(c *Case, counts Counts)) error {
	r := reader{data: data[1:]}
	dictionary := make([]string, r.count())
	for i := range dictionary {
		dictionary[i] = string(r.take(r.count()))
	}
	for range r.count() {
		var c Case
		for _, s := range c.words() {
			i := r.uvarint()
			if i >= uint64(len(dictionary)) {
				return errFacts
			}
			*s = dictionary[i]
		}
		c.Day = int(r.uvarint() & 0x7fffffff)
		var counts Counts
		for i := range counts {
			counts[i] = int64(r.varint())
		}
		if r.damaged {
			return errFacts
		}
		do(&c, counts)
	}
	if r.damaged || len(r.data) > 0 {
		return errFacts
	}
	return nil
}

func isCases(change []byte) bool { return len(change) > 0 && change[0] == encodingOfCases }
