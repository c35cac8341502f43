package figures

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"github.com/haochaping/haochaping/internal/beijing"
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

// AddChange counts an encoded change, of reviews or of affairs.
func (t Tally) AddChange(change []byte) error {
	if isCompletions(change) {
		return decodeCompletions(change, t.addCompletion)
	}
	facts, err := Decode(change)
	for i := range facts {
		t.Add(&facts[i])
	}
	return err
}

// OfAffairs says whether the query asks for counters of completed affairs; those of reviews are never asked for with them.
func (q *Query) OfAffairs() bool { return len(q.Dimensions) > 0 && q.Dimensions[0].ofAffairs() }

// CountChange gives add what an encoded change adds to the sums.
func (q *Query) CountChange(change []byte, add func(code, entity string, n, weight int)) error {
	if isCompletions(change) {
		return decodeCompletions(change, func(c *Completion, moved Moved) { q.countCompletion(c, moved, add) })
	}
	facts, err := Decode(change)
	for i := range facts {
		q.Count(&facts[i], add)
	}
	return err
}

func (q *Query) countCompletion(c *Completion, moved Moved, add func(code, entity string, n, weight int)) {
	if !q.OfAffairs() {
		return
	}
	day, month := slices.Contains(q.Periods, c.Day), slices.Contains(q.Periods, beijing.Month(c.Day))
	if !day && !month {
		return
	}
	c.each(func(d Dimension) bool { return slices.Contains(q.Dimensions, d) }, func(key Key, monthly bool) {
		if key.Code < q.From || key.Code >= q.To {
			return
		}
		if times := [2]bool{day && !monthly, month}; times[0] || times[1] {
			n := 1
			if times[0] && times[1] {
				n = 2 // the query asks for overlapping periods
			}
			add(key.Code, "", 1, n*moved.Completed)
			add(key.Code, "", 2, n*moved.Reviewed)
		}
	})
}
