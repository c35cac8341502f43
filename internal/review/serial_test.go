package review

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

func TestSerialNumber(t *testing.T) {
	serials := NewSerials(at(time.UnixMilli(1781488800123)))
	for slot := range Slots {
		serial := serials.Next(slot)
		if len(serial) != 20 || strings.Trim(serial, alphabet) != "" {
			t.Errorf("got %q, want 20 digits and letters (contract.md 4)", serial)
		}
		if got, ok := SlotOfSerial(serial); !ok || got != slot {
			t.Errorf("the slot of %s: got %d, %v; want %d", serial, got, ok, slot)
		}
	}
}

func TestSlotOfWhatIsNoSerialNumber(t *testing.T) {
	serial := NewSerials(time.Now).Next(1)
	for _, in := range []string{
		"", serial[:19], serial + "0", strings.ToLower(serial[:19]) + "a", "U" + serial[1:], "I" + serial[1:], serial[:12] + "L" + serial[13:],
		serial[:12] + "-" + serial[13:], serial[:18] + "好"[:2], strings.Repeat("\x00", 20),
	} {
		if slot, ok := SlotOfSerial(in); ok {
			t.Errorf("%q has slot %d", in, slot)
		}
	}
}

// TestSerialNumbersSortByTime: of two nodes too, whatever their node numbers and slots are.
func TestSerialNumbersSortByTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		earlier := rapid.Int64Range(0, 1<<44).Draw(t, "milliseconds")
		later := earlier + rapid.Int64Range(1, 1<<40).Draw(t, "and more")
		slot := rapid.IntRange(0, Slots-1)
		a := NewSerials(at(time.UnixMilli(earlier))).Next(slot.Draw(t, "slot"))
		b := NewSerials(at(time.UnixMilli(later))).Next(slot.Draw(t, "another slot"))
		if a >= b {
			t.Fatalf("%s of %d is not before %s of %d", a, earlier, b, later)
		}
	})
}

// TestSerialNumbersGrowWhateverTheClockDoes: it stands still, jumps ahead and goes back.
func TestSerialNumbersGrowWhateverTheClockDoes(t *testing.T) {
	now := time.UnixMilli(1781488800000)
	serials := NewSerials(func() time.Time { return now })
	last := ""
	next := func(name string, n int) {
		for range n {
			serial := serials.Next(n % Slots)
			if serial <= last {
				t.Fatalf("%s: %s comes after %s", name, serial, last)
			}
			last = serial
		}
	}
	next("at first", 10)
	next("more than fit into a millisecond", perMilli+10)
	now = now.Add(time.Hour)
	next("an hour later", 10)
	now = now.Add(-2 * time.Hour)
	next("the clock went back", perMilli+10)
	now = now.Add(2*time.Hour + 10*time.Millisecond)
	next("and is right again", 10)
	if !strings.HasPrefix(last, NewSerials(at(now)).Next(0)[:9]) {
		t.Errorf("%s does not tell the time of a clock that is right again", last)
	}
}

func TestSerialNumbersAreUnique(t *testing.T) {
	const sources, callers, each = 8, 4, 500
	clock := at(time.UnixMilli(1781488800000)) // the worst case: the same millisecond everywhere
	made := make([][]string, sources*callers)
	working := sync.WaitGroup{}
	for s := range sources {
		source := NewSerials(clock)
		for c := range callers {
			working.Go(func() {
				for n := range each {
					made[s*callers+c] = append(made[s*callers+c], source.Next(n%Slots))
				}
			})
		}
	}
	working.Wait()
	all := slices.Concat(made...)
	slices.Sort(all)
	if got := len(slices.Compact(all)); got != sources*callers*each {
		t.Errorf("got %d different serial numbers, want %d", got, sources*callers*each)
	}
}
