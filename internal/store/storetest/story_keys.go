package storetest

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/keyring"
	"github.com/haochaping/haochaping/internal/privacy"
	"pgregory.net/rapid"
)

// storyKeys is the key file that the processes share, and what was done with it. A process knows what it read, no more.
type storyKeys struct {
	file    string
	first   *privacy.Keys // of the beginning of every story
	given   byte          // the greatest number
	active  byte
	retired []byte
}

func newStoryKeys(t *testing.T) storyKeys {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key")
	done(t, privacy.CreateKeyFile(file))
	first, err := privacy.ReadKeys(file)
	done(t, err)
	return storyKeys{file: file, first: first}
}

// begin has every process seal with the first key.
func (k *storyKeys) begin(s *story) {
	if k.given > 1 {
		s.must(privacy.ReplaceKeyFile(k.file, k.first))
	}
	k.given, k.active, k.retired = 1, 1, nil
	for i, p := range s.processes {
		s.must(p.sealer.Use(k.first, 1))
		p.ring = keyring.NewRing(p.store, p.sealer, k.file, "process "+string(rune('a'+i)), k.first, s.now)
		s.must(p.ring.Join(s.Context()))
		p.knows, p.seals = 1, 1
	}
}

func (k *storyKeys) operator(s *story) *keyring.Operator {
	return keyring.NewOperator(s.process().store, k.file, s.now)
}

// refresh has a process read the key file and which key seals.
func (k *storyKeys) refresh(s *story, p *storyProcess) {
	s.must(p.ring.Refresh(s.Context()))
	if p.knows, p.seals = k.given, k.active; p.sealer.Active() != p.seals {
		s.Fatalf("a process seals with key %d, want %d", p.sealer.Active(), p.seals)
	}
}

// rotate does steps of a rotation, whether it is their turn or not.
func (s *story) rotate(t *rapid.T) {
	s.T = t
	k := s.keys
	steps := map[string]func(*story){
		"add": k.add, "activate": k.activate, "reread": k.reread, "reseal": k.reseal, "retire": k.retire, "all but the last": k.rotate,
	}
	for range rapid.IntRange(1, 3).Draw(s.T, "steps of a rotation") {
		steps[s.pick("step", "add", "activate", "reread", "reread", "reseal", "reseal", "retire", "retire", "all but the last")](s)
	}
}

// rotate has another key seal, which some processes come to know at once.
func (k *storyKeys) rotate(s *story) {
	k.add(s)
	for _, p := range s.processes {
		k.refresh(s, p)
	}
	k.activate(s)
	for _, p := range s.processes {
		if rapid.Bool().Draw(s.T, "comes to know") {
			k.refresh(s, p)
		}
	}
}

func (k *storyKeys) add(s *story) {
	isNew := k.given == k.active
	if isNew {
		k.given++
	}
	if id, added, err := k.operator(s).Add(s.Context()); err != nil || id != k.given || added != isNew {
		s.Fatalf("adding a key: %d, %v, %v; want %d, %v", id, added, err, k.given, isNew)
	}
}

func (k *storyKeys) activate(s *story) {
	all := !slices.ContainsFunc(s.processes, func(p *storyProcess) bool { return p.knows < k.given })
	err := k.operator(s).Activate(s.Context(), k.given)
	if k.given == k.active || !all {
		s.conflict(err, "activating a key that is active, or that a process lacks")
		return
	}
	s.must(err)
	k.active = k.given
}

func (k *storyKeys) reread(s *story) { k.refresh(s, s.process()) }

// reseal seals some pieces again, which nobody may while a process seals with a former key.
func (k *storyKeys) reseal(s *story) {
	for range rapid.IntRange(1, 6).Draw(s.T, "pieces") {
		if !k.resealPiece(s, s.process()) {
			return
		}
	}
}

func (k *storyKeys) resealPiece(s *story, p *storyProcess) (going bool) {
	piece, err := p.store.Reseal(s.Context(), p.seals, func(sealed []byte, context string) ([]byte, error) {
		plain, err := p.sealer.Open(sealed, context)
		return p.sealer.Seal(plain, context), err
	})
	s.must(err)
	late := slices.ContainsFunc(s.processes, func(p *storyProcess) bool { return p.seals != k.active })
	if piece.Failed > 0 || piece.Going && (late || k.active == 1) {
		s.Fatalf("sealed again: %+v; key %d is to seal, and a process seals with another: %v", piece, k.active, late)
	}
	return piece.Going
}

func (k *storyKeys) retire(s *story) {
	id := rapid.ByteRange(1, k.given).Draw(s.T, "key")
	if slices.Contains(k.retired, id) {
		return
	}
	used := slices.ContainsFunc(s.processes, func(p *storyProcess) bool { return p.seals == id })
	_, err := k.operator(s).Retire(s.Context(), id)
	if id >= k.active || used || k.sealed(s)[id] > 0 {
		s.conflict(err, "retiring a key that is in use")
		return
	}
	s.must(err)
	k.retired = append(k.retired, id)
	if held, err := privacy.ReadKeys(k.file); err != nil || held.Fingerprint(id) != "" {
		s.Fatalf("the key file holds retired key %d: %v", id, err)
	}
}

// sealed counts what each key sealed in the tables of a story.
func (k *storyKeys) sealed(s *story) map[byte]int {
	by := map[byte]int{}
	for _, query := range []string{"SELECT sealed FROM review", "SELECT sealed FROM affair", "SELECT wanted AS sealed FROM erasure"} {
		for _, row := range s.d.rows(s, query) {
			if sealed, _ := row["sealed"].([]byte); len(sealed) > 0 {
				by[sealed[1]]++
			}
		}
	}
	return by
}

// end brings a rotation that was begun to its end, after which the key file of now opens everything.
func (k *storyKeys) end(s *story) {
	if k.active == 1 || rapid.IntRange(0, 3).Draw(s.T, "rotated to the end") > 0 {
		return
	}
	for _, p := range s.processes {
		k.refresh(s, p)
	}
	for n := 0; k.resealPiece(s, s.processes[n%2]); n++ {
		if n == 1000 {
			s.Fatal("sealing again does not come to an end")
		}
	}
	for id, n := range k.sealed(s) {
		if id != k.active {
			s.Fatalf("%d values are still sealed with key %d", n, id)
		}
	}
	for id := byte(1); id < k.active; id++ {
		if !slices.Contains(k.retired, id) {
			_, err := k.operator(s).Retire(s.Context(), id)
			s.must(err)
		}
	}
	held, err := privacy.ReadKeys(k.file)
	s.must(err)
	sealer, err := privacy.NewSealer(held, privacy.SM4)
	s.must(err)
	s.told(sealer)
}

func (s *story) must(err error) {
	if err != nil {
		s.Helper()
		s.Fatal(err)
	}
}

func (s *story) conflict(err error, of string) {
	if fault.KindOf(err) != fault.Conflict {
		s.Helper()
		s.Fatalf("%s: got %v, want a conflict", of, err)
	}
}
