package board

import (
	"net/url"
	"testing"
)

// FuzzParseState: whatever an address says is a state that writes an address for itself, or a fault that shows nothing of it.
func FuzzParseState(f *testing.F) {
	for _, seed := range []string{
		"", "region=4401&period=30d&by=halls&rank=fair&show=all&embed=1&block=summary", "from=2026-09-01&to=2026-09-30", "from=2026-09-01", "region=%00", "period=%ff",
		"by=<script>", "entity=egovAffair&channel=portal", "region=44&region=45", "show=1;embed=1", "block=%0d%0aX:%20y",
	} {
		f.Add(seed)
	}
	p := newPlace(f)
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		s, err := p.parseState(values)
		if err != nil {
			if is, ok := asFault(err); !ok || len(is.Violations) == 0 {
				t.Errorf("%q: %v", query, err)
			}
			return
		}
		address, err := url.Parse(p.address("", s))
		if err != nil || address.Host != "" || address.Path != Prefix {
			t.Fatalf("%q has the address %v, %v", query, address, err)
		}
		if again, err := p.parseState(address.Query()); err != nil || again != s {
			t.Errorf("%q is %+v, read again %+v, %v", query, s, again, err)
		}
		if _, _, _, err := s.scope(p.Now()); err != nil {
			t.Errorf("%q can't be asked for: %v", query, err)
		}
	})
}
