package review

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/privacy"
)

func TestNewServiceRefusesWhatItCantWorkWith(t *testing.T) {
	stores := storeFunc(func(int, []Record) ([]Outcome, error) { return nil, nil })
	for name, spoil := range map[string]func(*Needs){
		"no store":       func(n *Needs) { n.Store = nil },
		"no places":      func(n *Needs) { n.Places = nil },
		"no sealer":      func(n *Needs) { n.Sealer = nil },
		"no blinder":     func(n *Needs) { n.Blinder = nil },
		"no clock":       func(n *Needs) { n.Now = nil },
		"no lane":        func(n *Needs) { n.Lanes = 0 },
		"too many lanes": func(n *Needs) { n.Lanes = Slots + 1 },
		"no queue":       func(n *Needs) { n.Queue = 0 },
		"no batch":       func(n *Needs) { n.Batch = 0 },
	} {
		n := needs(t, stores)
		spoil(&n)
		if s, err := NewService(n); err == nil {
			t.Errorf("%s: made", name)
			s.Close()
		}
	}
	most := needs(t, stores)
	most.Lanes, most.Queue, most.Batch = Slots, 1, 1
	start(t, most)
}

func TestSubmitTellsWhatBecameOfAReview(t *testing.T) {
	var outcome Outcome
	s := start(t, needs(t, storeFunc(func(int, []Record) ([]Outcome, error) { return []Outcome{outcome}, nil })))
	for _, c := range []struct {
		name    string
		review  Review
		state   State
		receipt Receipt
		refusal string
	}{
		{"stored", affair(), Stored, Receipt{Serial: "S1"}, ""},
		{"known", affair(), Known, Receipt{Serial: "S1", Known: true}, ""},
		{"an affair that is taken", affair(), Taken, Receipt{Serial: "S1"}, "该办件已评价，首次评价流水号 S1"},
		{"a guide that is taken", guide(), Taken, Receipt{Serial: "S1"}, "该办事指南您当日已评价，首次评价流水号 S1"},
		{"a work order that is taken", hotline(), Taken, Receipt{Serial: "S1"}, "该工单已评价，首次评价流水号 S1"},
	} {
		outcome = Outcome{Serial: "S1", State: c.state}
		receipt, err := s.Submit(t.Context(), c.review)
		if receipt != c.receipt {
			t.Errorf("%s: got %+v, want %+v", c.name, receipt, c.receipt)
		}
		var told *fault.Error
		if c.refusal == "" && err != nil || c.refusal != "" && (!errors.As(err, &told) || told.Kind != fault.Conflict || told.Message != c.refusal) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.refusal)
		}
	}
}

// holder is a store that holds one record.
type holder struct {
	storeFunc
	Record
}

func (h *holder) Holder(_ context.Context, slot int, once privacy.Digest) (privacy.Digest, string, error) {
	if slot != h.Slot || once != h.OnceKey {
		return privacy.Digest{}, "", nil
	}
	return h.Identity, h.Serial, nil
}

// A submission is found by the slot and the keys that its record was stored under.
func TestAStoredSubmissionIsFound(t *testing.T) {
	held := &holder{}
	s := start(t, needs(t, held))
	for _, r := range []Review{affair(), guide(), hotline()} {
		record, err := s.Record(&r)
		if err != nil {
			t.Fatal(err)
		}
		held.Record = record
		other := r
		other.EvalTime = r.EvalTime.Add(time.Second)
		for _, one := range []struct {
			Review
			want Receipt
		}{{r, Receipt{Serial: record.Serial, Known: true}}, {other, Receipt{}}} {
			if got, found, err := s.Stored(t.Context(), one.Review); got != one.want || found != (one.want != Receipt{}) || err != nil {
				t.Errorf("%s at %v: got %+v, %v, %v; want %+v", one.Kind, one.EvalTime, got, found, err, one.want)
			}
			var first Receipt // a guide may be reviewed again on the next day
			if onceKey(s.blinder, &one.Review) == record.OnceKey {
				first = Receipt{Serial: record.Serial, Code: receiptCode(s.blinder, record.Serial)}
			}
			if got, found, err := s.Rated(t.Context(), one.Review); got != first || found != (first != Receipt{}) || err != nil {
				t.Errorf("%s at %v: rated by %+v, %v, %v; want %+v", one.Kind, one.EvalTime, got, found, err, first)
			}
		}
	}
}

// flushed is what an observer is told.
type flushed struct {
	lane, size int
	err        error
}

type notes struct {
	mu   sync.Mutex
	seen []flushed
}

func (n *notes) Flushed(lane, size int, took time.Duration, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if took < 0 {
		err = errors.New("a flush took less than no time")
	}
	n.seen = append(n.seen, flushed{lane, size, err})
}

func TestAnObserverSeesEveryFlush(t *testing.T) {
	observer := &notes{}
	s, _ := guarded(t, func(n *Needs) { n.Observer = observer })
	first := s.submit(t.Context(), 0)
	f := s.next()
	others := s.queued(1, 3)
	f.end <- nil
	poison := errors.New("poison")
	s.next().end <- poison
	s.next().end <- nil
	s.next().end <- poison
	wantStored(t, first, others[0])
	if got := await(t, others[1]); !errors.Is(got.err, poison) {
		t.Errorf("got %+v, want the poison", got)
	}
	s.Close()
	want := []flushed{{0, 1, nil}, {0, 2, poison}, {0, 1, nil}, {0, 1, poison}}
	if diff := cmp.Diff(want, observer.seen, cmp.AllowUnexported(flushed{}), cmp.Comparer(func(a, b error) bool { return errors.Is(a, b) })); diff != "" {
		t.Error(diff)
	}
}

func TestARecordIsSealedKeyedAndPlaced(t *testing.T) {
	n := needs(t, storeFunc(nil))
	n.Now = at(evening.Add(time.Minute))
	s := start(t, n)
	r := affair()
	r.Personal = Personal{
		UserID: "secret-1", UserName: "secret-2", ContactPhone: "secret-3", PassportName: "secret-4", CertificateNo: "secret-5",
		OfficerName: "secret-6", Remark: "secret-7", AcceptRemark: "secret-8", DealRemark: "secret-9",
	}
	r.ApplyTime, r.DoneTime = evening, evening.Add(-time.Hour)
	got, err := s.Record(&r)
	if err != nil {
		t.Fatal(err)
	}
	want := Record{
		Facts: r.Facts, Serial: got.Serial, Slot: slotOf(onceKey(s.blinder, &r)), Identity: identity(s.blinder, &r), OnceKey: onceKey(s.blinder, &r),
		PersonIndex: PersonIndex(s.blinder, "secret-1"), CertificateIndex: s.blinder.Digest("certificate", "secret-5"), Sealed: got.Sealed,
		Region: "440000000000", Day: 20260615, Flags: TimesOutOfOrder, ReceivedAt: evening.Add(time.Minute),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if slot, ok := SlotOfSerial(got.Serial); !ok || slot != got.Slot {
		t.Errorf("serial number %s does not lead to slot %d", got.Serial, got.Slot)
	}
	if text := printed(got); strings.Contains(text, "secret") {
		t.Errorf("a personal field is in the clear: %s", text)
	}
	if personal, err := s.unseal(got.Sealed, got.Serial); err != nil || personal != r.Personal {
		t.Errorf("opened: got %+v, %v; want %+v", personal, err, r.Personal)
	}
	if _, err := s.unseal(got.Sealed, "another"); err == nil {
		t.Error("sealed fields were opened in another record")
	}
}

func TestARecordOfNobodyHasNoIndex(t *testing.T) {
	s := start(t, needs(t, storeFunc(nil)))
	r := affair()
	r.Personal = Personal{Remark: "好"}
	got, err := s.Record(&r)
	if err != nil {
		t.Fatal(err)
	}
	var none Record
	if got.PersonIndex != none.PersonIndex || got.CertificateIndex != none.CertificateIndex {
		t.Errorf("got %x and %x, want zeros: all who are nobody would be found as one", got.PersonIndex, got.CertificateIndex)
	}
}
