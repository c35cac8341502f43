package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/postgrestest"
	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/store"
	"github.com/jackc/pgx/v5"
)

// reviews is a review service over a store, as serve makes it.
func reviews(t *testing.T, s *store.Store, lanes int) *review.Service {
	t.Helper()
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	service, err := review.NewService(review.Needs{
		Store: s, Places: &review.Placement{Registry: org.NewRegistry(nil, nil), Root: "440000000000"}, Sealer: sealer,
		Blinder: privacy.NewBlinder(keys), Now: time.Now, Lanes: lanes, Queue: 1000, Batch: 64,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	return service
}

func guide(n int) review.Review {
	return review.Review{
		Facts: review.Facts{
			AppCode: "app1", EntityCode: "egovGuide", Channel: "portal", Kind: review.Guide, Subject: "item", ItemCode: "item",
			DepartmentCode: "department", Stars: n%5 + 1, EvalTime: time.Unix(1781488800, 0),
		},
		Personal: review.Personal{UserID: fmt.Sprint("user-", n)},
	}
}

// connected is a test's own connection to a database.
func connected(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	admin, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close(context.Background()) }) // the test is over
	return admin
}

// killBusy ends the connections that are in the middle of a transaction and says how many of them were accepting reviews.
func killBusy(t *testing.T, admin *pgx.Conn) (killed int) {
	t.Helper()
	err := admin.QueryRow(context.Background(), `SELECT count(*) FILTER (WHERE dead AND query ~ '^INSERT INTO (once|review|counter_change) ')
		FROM (SELECT query, pg_terminate_backend(pid) AS dead FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = 'haochaping' AND state <> 'idle') AS busy`).Scan(&killed)
	if err != nil {
		t.Fatal(err)
	}
	return killed
}

// TestConnectionsKilledUnderLoad ends connections in the middle of their transactions while reviews are accepted: every
// one that was acknowledged is there once, and whatever else fails is a fault that passes.
func TestConnectionsKilledUnderLoad(t *testing.T) {
	address := postgrestest.Database(t)
	s := migrated(t, address)
	service := reviews(t, s, 2)
	admin := connected(t, address)

	const callers, enough, most = 16, 20, 400 // kills, reviews a caller
	var killed, acknowledged atomic.Int64
	deadline := time.Now().Add(2 * time.Minute)
	serials := make([]map[int]string, callers)
	working := sync.WaitGroup{}
	for caller := range callers {
		serials[caller] = map[int]string{}
		working.Go(func() {
			for i := 0; i < most && (i < 20 || killed.Load() < enough) && time.Now().Before(deadline); {
				n := caller + callers*i
				receipt, err := service.Submit(t.Context(), guide(n))
				if fault.KindOf(err) == fault.Unavailable { // the same request again in a while, as an integrator does
					time.Sleep(time.Millisecond)
					continue
				}
				if err != nil {
					t.Errorf("review %d: %v", n, err)
					return
				}
				serials[caller][n] = receipt.Serial
				acknowledged.Add(1)
				i++
			}
		})
	}
	stop := make(chan struct{})
	others := sync.WaitGroup{}
	for _, work := range everythingElse(s) {
		others.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := work.do(t.Context()); err != nil && fault.KindOf(err) != fault.Unavailable {
					t.Errorf("%s: %v; want a fault that passes", work.name, err)
					return
				}
			}
		})
	}
	for before := int64(-1); killed.Load() < enough && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if now := acknowledged.Load(); now > before { // between two rounds something is stored, so it goes on
			before = now
			killed.Add(int64(killBusy(t, admin)))
		}
	}
	working.Wait()
	close(stop)
	others.Wait()
	t.Logf("%d reviews acknowledged, %d connections killed", acknowledged.Load(), killed.Load())
	if killed.Load() < enough {
		t.Fatalf("only %d connections were killed in the middle", killed.Load())
	}
	everyOneIsThereOnce(t, s, service, admin, serials)
}

// everythingElse is what a store does beside accepting reviews.
func everythingElse(s *store.Store) []struct {
	name string
	do   func(ctx context.Context) error
} {
	query := figures.Query{Dimensions: []figures.Dimension{figures.App}, From: "a", To: "b", Periods: []int{202606}}
	return []struct {
		name string
		do   func(ctx context.Context) error
	}{
		{"fold", func(ctx context.Context) error { _, err := s.Fold(ctx); return err }},
		{"sum", func(ctx context.Context) error { _, err := s.Sum(ctx, query); return err }},
		{"newest", func(ctx context.Context) error {
			_, err := s.Newest(ctx, review.Listing{To: time.Now(), Limit: 1})
			return err
		}},
		{"apps", func(ctx context.Context) error { _, err := s.Apps(ctx); return err }},
		{"change app", func(ctx context.Context) error {
			_, err := s.ChangeApp(ctx, "none", func(*integrator.Stored) (audit.Entry, error) { return audit.Entry{}, nil })
			return err
		}},
	}
}

func everyOneIsThereOnce(t *testing.T, s *store.Store, service *review.Service, admin *pgx.Conn, serials []map[int]string) {
	t.Helper()
	acknowledged := 0
	for _, of := range serials {
		for n, serial := range of {
			acknowledged++
			receipt, err := service.Submit(t.Context(), guide(n))
			for fault.KindOf(err) == fault.Unavailable && t.Context().Err() == nil { // a lane may be parked still
				time.Sleep(time.Millisecond)
				receipt, err = service.Submit(t.Context(), guide(n))
			}
			if want := (review.Receipt{Serial: serial, Known: true}); err != nil || receipt != want {
				t.Errorf("review %d: got %v, %v; want %v", n, receipt, err, want)
			}
		}
	}
	for table, want := range map[string]int{"review": acknowledged, "once": acknowledged} {
		var got int
		if err := admin.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s has %d rows, want %d", table, got, want)
		}
	}
	counted := map[figures.Key]figures.Counts{}
	err := s.Recount(t.Context(), func(key figures.Key, records, counters figures.Counts) error {
		if records != counters {
			t.Errorf("%v: records give %v, counters have %v", key, records, counters)
		}
		counted[key] = records
		return nil
	})
	if err != nil {
		t.Errorf("recount: %v", err)
	}
	key := figures.Key{Dimension: figures.App, Period: 202606, Code: "app1", Entity: "egovGuide", Channel: "portal"}
	if got := counted[key].Total(); got != int64(acknowledged) {
		t.Errorf("%d reviews are counted, want %d", got, acknowledged)
	}
}

func TestPostgreSQLIsDurableWhateverTheServersDefault(t *testing.T) {
	address := postgrestest.Database(t)
	admin := connected(t, address)
	var database string
	if err := admin.QueryRow(t.Context(), "SELECT current_database()").Scan(&database); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec(t.Context(), "ALTER DATABASE "+database+" SET synchronous_commit = off"); err != nil {
		t.Fatal(err)
	}
	s := migrated(t, address)
	// The store's own connection tells what it runs with: a trigger writes it down at every heartbeat.
	if _, err := admin.Exec(t.Context(), `CREATE TABLE seen (setting text);
		CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN INSERT INTO seen SELECT current_setting('synchronous_commit'); RETURN NEW; END $$;
		CREATE TRIGGER see BEFORE INSERT ON heartbeat FOR EACH ROW EXECUTE FUNCTION see()`); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := admin.QueryRow(t.Context(), "SELECT setting FROM seen").Scan(&got); err != nil || got != "on" {
		t.Errorf("synchronous_commit: got %q, %v; want on", got, err)
	}
}

// Every figure looks at the changes that wait, past those that are folded: they don't lie there until PostgreSQL comes by itself.
func TestFoldedChangesAreClearedAway(t *testing.T) {
	address := postgrestest.Database(t)
	admin := connected(t, address)
	db := migrated(t, address)
	service := reviews(t, db, 1)
	for n := range 600 {
		if _, err := service.Submit(t.Context(), guide(n)); err != nil {
			t.Fatal(err)
		}
	}
	for waiting := 1; waiting > 0; {
		var err error
		if waiting, err = db.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var tidied int
	err := admin.QueryRow(t.Context(), "SELECT vacuum_count FROM pg_stat_user_tables WHERE relname = 'counter_change'").Scan(&tidied)
	if err != nil || tidied == 0 {
		t.Errorf("tidied %d times, %v", tidied, err)
	}
}
