package figures_test

import (
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/figures"
)

// FuzzParsePeriod: a name is a span of days that have been, or a fault; what it is compared with lies before it and has a name that
// is read as the same.
func FuzzParsePeriod(f *testing.F) {
	for _, seed := range []string{"", "today", "7d", "month", "quarter", "year", "2026-10", "2026-Q3", "2026", "20260901-20260930", "1970", "19700101-19700101", "9999-12", "0000", "20260231-20260301", "２０２６"} {
		f.Add(seed, int64(1_780_000_000))
	}
	f.Fuzz(func(t *testing.T, name string, unix int64) {
		if unix < 1_500_000_000 || unix > 4_000_000_000 {
			return
		}
		now := time.Unix(unix, 0)
		p, err := figures.ParsePeriod(name, now)
		if err != nil {
			return
		}
		if p.Span.From > p.Span.To || p.Days() < 1 || p.Title() == "" {
			t.Fatalf("%q is %+v", name, p)
		}
		before := p.Before()
		if before.Span.To >= p.Span.From || before.Span.From > before.Span.To {
			t.Errorf("before %+v lies %+v", p, before)
		}
		if before.Span.From < 19700101 {
			return // nothing is read of then
		}
		if again, err := figures.ParsePeriod(before.Name, now); err != nil || again.Span != before.Span {
			t.Errorf("%q, before %q, is read as %+v, %v", before.Name, name, again, err)
		}
	})
}
