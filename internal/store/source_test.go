package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/postgrestest"
)

func TestSourcesAreNoted(t *testing.T) {
	for name, address := range map[string]string{"SQLite": sqliteAddress(t), "PostgreSQL": postgrestest.Database(t)} {
		t.Run(name, func(t *testing.T) {
			s := migrated(t, address)
			at := time.UnixMicro(1_780_000_000_123_456)
			first := affair.SourceState{
				Source: "sz", Owner: "one", NotedAt: at, Reached: at.Add(-time.Second), PulledAt: at.Add(-time.Minute), New: 1, Changed: 2, Same: 3, Rejected: 4,
			}
			// Another process does not know yet what was reached, and finds the source failing.
			second := affair.SourceState{Source: "sz", Owner: "two", NotedAt: at.Add(time.Hour), Failing: "连不上", Brief: "连不上", FailingSince: at}
			for _, state := range []affair.SourceState{first, {Source: "gz", Owner: "one", NotedAt: at}, second} {
				if err := s.NoteSource(t.Context(), state); err != nil {
					t.Fatal(err)
				}
			}
			second.Reached, second.PulledAt = first.Reached, first.PulledAt
			got, err := s.Sources(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]affair.SourceState{{Source: "gz", Owner: "one", NotedAt: at}, second}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
