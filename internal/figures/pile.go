package figures

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// pileInMemory is how many merged facts are kept in memory before their counters are put aside: they take some 150 MB then. A test
// makes it small.
var pileInMemory = 1 << 15

// runBuffer is what of each run is in memory while they are put together.
const runBuffer = 8 << 10

// pile adds up facts of any number in memory that does not grow with them: their counters are put aside in a file, run by run, each
// run in the order of keys, and read together afterwards. The file has no name and is gone when the process is.
type pile struct {
	facts Merged
	kept  Kept
	file  *os.File
	out   *bufio.Writer
	end   int64
	runs  runs
}

// newPile makes an empty one, for one that is to be closed.
func newPile(kept Kept) *pile { return &pile{facts: Merged{}, kept: kept} }

// settle puts the counters of what is in memory aside when it is more than most.
func (p *pile) settle(most int) error {
	if len(p.facts) <= most {
		return nil
	}
	if p.file == nil {
		file, err := os.CreateTemp("", "haochaping-recount-")
		if err != nil {
			return fmt.Errorf("put counters aside: %w", err)
		}
		p.file, p.out = file, bufio.NewWriterSize(file, 64<<10)
		_ = os.Remove(file.Name()) // where that is not possible yet, close does it
	}
	begin := p.end
	p.out.Reset(io.NewOffsetWriter(p.file, begin))
	counters := p.facts.Counters(p.kept)
	clear(p.facts)
	var before, key, entry []byte
	for _, of := range counters.Keys() {
		key = appendKey(key[:0], of)
		shared := sharedPrefix(before, key)
		entry = binary.AppendUvarint(entry[:0], uint64(shared))      //nolint:gosec // a length
		entry = binary.AppendUvarint(entry, uint64(len(key)-shared)) //nolint:gosec // a length
		entry = append(entry, key[shared:]...)
		for _, n := range counters[of] {
			entry = binary.AppendVarint(entry, n)
		}
		if _, err := p.out.Write(entry); err != nil {
			return fmt.Errorf("put counters aside: %w", err)
		}
		p.end += int64(len(entry))
		before, key = key, before
	}
	if err := p.out.Flush(); err != nil {
		return fmt.Errorf("put counters aside: %w", err)
	}
	p.runs = append(p.runs, &run{from: io.NewSectionReader(p.file, begin, p.end-begin)})
	return nil
}

// read makes ready for next.
func (p *pile) read() error {
	if err := p.settle(0); err != nil {
		return err
	}
	all := p.runs
	p.runs = nil
	for _, r := range all {
		r.in = bufio.NewReaderSize(r.from, runBuffer)
		more, err := r.next()
		if err != nil {
			return err
		}
		if more {
			p.runs = append(p.runs, r)
		}
	}
	heap.Init(&p.runs)
	return nil
}

// key is the least one that is left; nil when none is. It holds until next.
func (p *pile) key() []byte {
	if len(p.runs) == 0 {
		return nil
	}
	return p.runs[0].key
}

// next adds up what all runs have for a key, which may be nothing, and goes on to the one after it.
func (p *pile) next(key []byte) (sum Counts, err error) {
	for len(p.runs) > 0 && bytes.Equal(p.runs[0].key, key) {
		first := p.runs[0]
		sum.Add(first.counts)
		more, err := first.next()
		if err != nil {
			return sum, err
		}
		if more {
			heap.Fix(&p.runs, 0)
		} else {
			heap.Pop(&p.runs)
		}
	}
	return sum, nil
}

// close gives the file back.
func (p *pile) close() error {
	if p.file == nil {
		return nil
	}
	err := p.file.Close()
	if gone := os.Remove(p.file.Name()); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// run is counters in the order of keys, and the one it stands at.
type run struct {
	from   io.Reader
	in     *bufio.Reader
	key    []byte
	counts Counts
}

// next goes to the next counter, if there are more.
func (r *run) next() (more bool, err error) {
	shared, err := binary.ReadUvarint(r.in)
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, errors.Join(errRun, err)
	}
	rest, err := binary.ReadUvarint(r.in)
	if err != nil || shared > uint64(len(r.key)) || rest > math.MaxInt16 {
		return false, errors.Join(errRun, err)
	}
	from := int(shared) //nolint:gosec // at most the length of a key
	r.key = append(r.key[:from], make([]byte, rest)...)
	if _, err := io.ReadFull(r.in, r.key[from:]); err != nil {
		return false, errors.Join(errRun, err)
	}
	for i := range r.counts {
		if r.counts[i], err = binary.ReadVarint(r.in); err != nil {
			return false, errors.Join(errRun, err)
		}
	}
	return true, nil
}

var errRun = errors.New("counters that were put aside can't be read back")

// runs is a heap by key.
type runs []*run

func (r runs) Len() int           { return len(r) }
func (r runs) Less(i, j int) bool { return bytes.Compare(r[i].key, r[j].key) < 0 }
func (r runs) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *runs) Push(x any)        { *r = append(*r, x.(*run)) } //nolint:forcetypeassert // nothing else is in it
func (r *runs) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}

// appendKey writes a key so that bytes are in the order of Key.Compare. No code has a byte of zero.
func appendKey(b []byte, k Key) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(k.Dimension)) //nolint:gosec // above zero
	b = binary.BigEndian.AppendUint32(b, uint32(k.Period))    //nolint:gosec // above zero, at most yyyymmddhh
	b = append(append(b, k.Entity...), 0)
	b = append(append(b, k.Channel...), 0)
	return append(b, k.Code...)
}

// keyOf reads what appendKey wrote.
func keyOf(b []byte) Key {
	k := Key{Dimension: Dimension(binary.BigEndian.Uint16(b)), Period: int(binary.BigEndian.Uint32(b[2:]))} //nolint:gosec // as it was written
	entity, rest, _ := bytes.Cut(b[6:], []byte{0})
	channel, code, _ := bytes.Cut(rest, []byte{0})
	k.Entity, k.Channel, k.Code = string(entity), string(channel), string(code)
	return k
}

func sharedPrefix(a, b []byte) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
