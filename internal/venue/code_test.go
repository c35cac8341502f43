package venue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/org"
	"pgregory.net/rapid"
)

func TestCodesGrowAndEnd(t *testing.T) {
	n := numbers{}
	for _, want := range []string{"440104001001", "440104001002"} {
		if got, ok := n.next("440104001", hallDigits); !ok || got != want {
			t.Errorf("got %s, %v, want %s", got, ok, want)
		}
	}
	n.learn("44010400100Z", hallDigits)
	n.learn("440104001004", hallDigits)
	if got, _ := n.next("440104001", hallDigits); got != "440104001010" {
		t.Errorf("after Z: got %s", got)
	}
	if got, _ := n.next("440104002", hallDigits); got != "440104002001" {
		t.Errorf("of another region: got %s", got)
	}
	n.learn("440104001ZZY", hallDigits)
	if got, ok := n.next("440104001", hallDigits); !ok || got != "440104001ZZZ" {
		t.Errorf("the last: got %s, %v", got, ok)
	}
	if got, ok := n.next("440104001", hallDigits); ok {
		t.Errorf("after the last: got %s", got)
	}
}

// 3.4.1.4: at most 20 characters, and no "-".
func TestCodesKeepToTheSpecification(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, before := numbers{}, ""
		n["440104001"] = rapid.IntRange(0, 1<<15-10).Draw(t, "halls")
		for range 5 {
			code, ok := n.next("440104001", hallDigits)
			window, _ := n.next(code, windowDigits)
			if !ok || len(code) != 12 || len(window) != 16 || checkCode(window) != "" || code <= before {
				t.Fatalf("hall %s, window %s after %s", code, window, before)
			}
			before = code
			again := numbers{}
			again.learn(code, hallDigits)
			if next, _ := again.next("440104001", hallDigits); next <= code {
				t.Fatalf("%s is given after %s", next, code)
			}
		}
	})
}

func TestAnExhaustedRegionIsAFault(t *testing.T) {
	h := newHouse()
	h.halls = []Hall{{Code: "440100000ZZZ", RegionCode: "440100000000", Name: "最后"}}
	h.windows = nil
	p := h.plan(t, table(center))
	if len(p.Faults) != 1 || !strings.HasPrefix(p.Faults[0].String(), "A2 区划 的大厅编码已用完") {
		t.Errorf("got %v", p.Faults)
	}
}

func TestWindowsStandInTheOrderOfTheirNumbers(t *testing.T) {
	want := []string{"1", "2", "10", "10号", "A1", "A02", "A2-1", "A10", "B1", "综合1", "综合2"}
	d := NewDirectory()
	var windows []Window
	for i, n := range want {
		windows = append(windows, Window{Code: strconv.Itoa(99 - i), HallCode: "h", Number: n})
	}
	slices.SortFunc(windows, func(a, b Window) int { return cmp.Compare(a.Code, b.Code) })
	d.Replace([]Hall{{Code: "h"}}, windows, nil)
	for i, w := range d.WindowsOf("h") {
		if w.Number != want[i] {
			t.Errorf("place %d: got %s, want %s", i, w.Number, want[i])
		}
	}
}

func TestComparingNumbersIsAnOrder(t *testing.T) {
	text := rapid.StringMatching(`[0-9A号]{0,5}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := text.Draw(t, "a"), text.Draw(t, "b"), text.Draw(t, "c")
		if compareNumbers(a, b) != -compareNumbers(b, a) {
			t.Errorf("%s and %s", a, b)
		}
		if compareNumbers(a, b) <= 0 && compareNumbers(b, c) <= 0 && compareNumbers(a, c) > 0 {
			t.Errorf("%s, %s, %s", a, b, c)
		}
	})
}

func TestEveryRegionIsFoundByItsCodeAndItsPath(t *testing.T) {
	p := newPlaces(org.NewRegistry(org.Guangdong(), nil))
	for _, r := range org.Guangdong() {
		for _, text := range []string{r.Code, p.Path(r.Code, "/"), p.Path(r.Code, "")} {
			if got, reason := p.Find(text); got != r.Code {
				t.Errorf("%s: got %s, %s, want %s", text, got, reason, r.Code)
			}
		}
	}
}

func TestARegionNobodyHasPlacedIsNotKnown(t *testing.T) {
	p := newPlaces(org.NewRegistry(append(org.Guangdong(), org.Region{Code: "440199000000", Pending: true}), nil))
	if code, reason := p.Find("440199000000"); code != "" || reason == "" {
		t.Errorf("got %s", code)
	}
	if code, reason := p.Find("广州市"); code != "440100000000" {
		t.Errorf("the region above it: got %s, %s", code, reason)
	}
}
