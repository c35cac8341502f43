package board

import (
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/figures"
)

// A part of a month is not called the month: nobody is to see a collapse where days are missing.
func TestATrendByMonthsCallsPartsOfMonthsByTheirDays(t *testing.T) {
	p := newPlace(t)
	p.store.count("440100000000", figures.Counts{4: 9})
	page := p.page(t, "/ping/board/embed/trend?period=20260715-20261115")
	for _, want := range []string{">7月15日至31日<", ">2026年8月<", ">2026年10月<", ">11月1日至15日<"} {
		if !strings.Contains(page, want) {
			t.Errorf("nowhere stands %s", want)
		}
	}
	for _, wrong := range []string{">2026年7月<", ">2026年11月<"} {
		if strings.Contains(page, wrong) {
			t.Errorf("a part is called %s", wrong)
		}
	}
	if year := p.page(t, "/ping/board/embed/trend?period=year"); !strings.Contains(year, ">11月1日至24日<") || !strings.Contains(year, ">2026年1月<") {
		t.Error("the month that is not over is called whole")
	}
	file := "\n" + p.page(t, "/ping/board/download/trend.csv?period=20260715-20261115")
	for _, want := range []string{"\n2026-07-15至2026-07-31,", "\n2026-08,", "\n2026-11-01至2026-11-15,"} {
		if !strings.Contains(file, want) {
			t.Errorf("the file does not say %q", want)
		}
	}
}
