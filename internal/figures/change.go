package figures

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// encodingOfCompletions is the first byte of encoded completions.
const encodingOfCompletions = 2

// EncodeCompletions writes completions compactly, as Encode writes facts.
func EncodeCompletions(c Completions) []byte {
	words := map[string]uint64{}
	var dictionary []string
	body := make([]byte, 0, 16*len(c))
	for _, of := range slices.SortedFunc(maps.Keys(c), Completion.compare) {
		for _, s := range of.words() {
			index, known := words[*s]
			if !known {
				index = uint64(len(dictionary))
				words[*s] = index
				dictionary = append(dictionary, *s)
			}
			body = binary.AppendUvarint(body, index)
		}
		moved := c[of]
		body = binary.AppendUvarint(body, uint64(of.Day)) //nolint:gosec // a day yyyymmdd is positive
		body = binary.AppendVarint(body, int64(moved.Completed))
		body = binary.AppendVarint(body, int64(moved.Reviewed))
	}
	out := binary.AppendUvarint([]byte{encodingOfCompletions}, uint64(len(dictionary)))
	for _, s := range dictionary {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	out = binary.AppendUvarint(out, uint64(len(c)))
	return append(out, body...)
}

func (c *Completion) words() [7]*string {
	return [7]*string{&c.Region, &c.Department, &c.Item, &c.Officer, &c.App, &c.Hall, &c.Window}
}

func (c Completion) compare(o Completion) int {
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

// decodeCompletions reads what EncodeCompletions wrote.
func decodeCompletions(data []byte, do func(c *Completion, moved Moved)) error {
	r := reader{data: data[1:]}
	dictionary := make([]string, r.count())
	for i := range dictionary {
		dictionary[i] = string(r.take(r.count()))
	}
	for range r.count() {
		var c Completion
		for _, s := range c.words() {
			i := r.uvarint()
			if i >= uint64(len(dictionary)) {
				return errFacts
			}
			*s = dictionary[i]
		}
		c.Day = int(r.uvarint() & 0x7fffffff)
		moved := Moved{r.varint(), r.varint()}
		if r.damaged {
			return errFacts
		}
		do(&c, moved)
	}
	if r.damaged || len(r.data) > 0 {
		return errFacts
	}
	return nil
}

func isCompletions(change []byte) bool { return len(change) > 0 && change[0] == encodingOfCompletions }

// AddChange adds an encoded change, of reviews, of affairs or of cases.
func (m Merged) AddChange(change []byte) error {
	if isCompletions(change) {
		return decodeCompletions(change, m.addCompletion)
	}
	if isCases(change) {
		return decodeCases(change, m.AddCases)
	}
	facts, err := Decode(change)
	for i := range facts {
		m.Add(&facts[i])
	}
	return err
}

// Change counts an encoded change.
func (c *Counting) Change(change []byte) error {
	if isCompletions(change) {
		return decodeCompletions(change, c.completion)
	}
	if isCases(change) {
		return decodeCases(change, c.cases)
	}
	facts, err := Decode(change)
	for i := range facts {
		c.fact(&facts[i])
	}
	return err
}
