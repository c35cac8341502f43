package storetest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/privacy"
	"github.com/haochaping/haochaping/internal/store"
)

var sessionTests = []test{
	{"a session is found until it expires", findSession},
	{"a session is kept under a hash and sealed", sealSession},
	{"a session's data opens nowhere else", moveSession},
	{"a session is found with the same keys only", foreignSession},
	{"two processes share sessions", shareSessions},
	{"a session that ended is not brought back by a request under way", reviveSession},
	{"a session that is stored by many at once holds what one of them stored", commitAtOnce},
	{"expired sessions are swept in pieces, and no other", sweepSessions},
}

// sessions gives the database's sessions under keys.
func sessions(t testing.TB, s *store.Store, keys *privacy.Keys) *store.Sessions {
	t.Helper()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	return s.Sessions(sealer, privacy.NewBlinder(keys))
}

func commit(t testing.TB, s *store.Sessions, token, data string, expiry time.Time) {
	t.Helper()
	if err := s.CommitCtx(t.Context(), token, []byte(data), expiry); err != nil {
		t.Fatalf("commit: %v", err)
	}
}

// holds wants a session to hold data; empty is not found.
func holds(t testing.TB, s *store.Sessions, token, want string) {
	t.Helper()
	data, found, err := s.FindCtx(t.Context(), token)
	if err != nil || found != (want != "") || string(data) != want {
		t.Errorf("session %s: got %q, %v, %v; want %q", token, data, found, err, want)
	}
}

func findSession(t *testing.T, d *database) {
	s := sessions(t, d.migrated(t).Store, privacy.NewKeys())
	holds(t, s, "a", "")
	commit(t, s, "a", "first", now.Add(time.Hour))
	holds(t, s, "a", "first")
	holds(t, s, "A", "")
	commit(t, s, "a", "second", now.Add(time.Microsecond))
	holds(t, s, "a", "second")
	commit(t, s, "a", "third", now)
	holds(t, s, "a", "")
	if n := d.count(t, "session"); n != 1 {
		t.Errorf("one session has %d rows", n)
	}

	// Without a context: scs.Store.
	if err := s.Commit("b", []byte("data"), now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if data, found, err := s.Find("b"); err != nil || !found || string(data) != "data" {
		t.Errorf("got %q, %v, %v", data, found, err)
	}
	for range 2 {
		if err := s.Delete("b"); err != nil {
			t.Fatal(err)
		}
		holds(t, s, "b", "")
	}
	if err := s.Delete("never"); err != nil {
		t.Errorf("delete what is not there: %v", err)
	}
}

func sealSession(t *testing.T, d *database) {
	s := sessions(t, d.migrated(t).Store, privacy.NewKeys())
	const token, data = "Zm9yIHRoZSBjb29raWUgb25seQ-and-nobody-else", "440106199001011234" //nolint:gosec // made up
	commit(t, s, token, data, now.Add(time.Hour))
	row := d.rows(t, "SELECT token, data, expires_at FROM session")[0]
	if row["expires_at"] != now.Add(time.Hour).UnixMicro() {
		t.Errorf("expires at %v, want UTC microseconds", row["expires_at"])
	}
	hash := bytesOf(t, row["token"])
	if len(hash) != len(privacy.Digest{}) {
		t.Errorf("the token has %d bytes, want those of a digest", len(hash))
	}
	for _, kept := range [][]byte{hash, bytesOf(t, row["data"])} {
		for _, secret := range []string{token, data} {
			for _, form := range []string{secret, hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret))} {
				if bytes.Contains(kept, []byte(form)) {
					t.Errorf("the row shows %q", form)
				}
			}
		}
	}
	commit(t, sessions(t, d.Store, privacy.NewKeys()), token, data, now.Add(time.Hour))
	if n := d.count(t, "session"); n != 2 {
		t.Errorf("a token's hash is the same under another key")
	}
}

func moveSession(t *testing.T, d *database) {
	s := sessions(t, d.migrated(t).Store, privacy.NewKeys())
	commit(t, s, "a", "of a", now.Add(time.Hour))
	commit(t, s, "b", "of b", now.Add(time.Hour))
	rows := d.rows(t, "SELECT token, data FROM session")
	for i, row := range rows {
		d.exec(t, "UPDATE session SET data = $1 WHERE token = $2", row["data"], rows[1-i]["token"])
	}
	holds(t, s, "a", "")
	holds(t, s, "b", "")
}

func foreignSession(t *testing.T, d *database) {
	keys := privacy.NewKeys()
	s := sessions(t, d.migrated(t).Store, keys)
	commit(t, s, "a", "data", now.Add(time.Hour))
	holds(t, sessions(t, d.Store, privacy.NewKeys()), "a", "")
	retired := *keys
	retired.Sealing = privacy.NewKeys().Sealing
	holds(t, sessions(t, d.Store, &retired), "a", "") // its sealing key is gone: not found, and no fault at every page
	holds(t, s, "a", "data")
}

func shareSessions(t *testing.T, d *database) {
	keys := privacy.NewKeys()
	one := sessions(t, d.migrated(t).Store, keys)
	process, _ := d.process(t)
	two := sessions(t, process, keys)
	commit(t, one, "a", "by one", now.Add(time.Hour))
	holds(t, two, "a", "by one")
	commit(t, two, "a", "by two", now.Add(time.Hour))
	holds(t, one, "a", "by two")
	if err := two.DeleteCtx(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	holds(t, one, "a", "")
}

func reviveSession(t *testing.T, d *database) {
	s := sessions(t, d.migrated(t).Store, privacy.NewKeys())
	commit(t, s, "a", "logged in", now.Add(time.Hour))
	if err := s.DeleteCtx(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	commit(t, s, "a", "logged in", now.Add(2*time.Hour)) // by a request that had found it before
	holds(t, s, "a", "")
	row := d.rows(t, "SELECT data, expires_at FROM session")[0]
	if len(bytesOf(t, row["data"])) > 1 || row["expires_at"] != now.Add(time.Hour).UnixMicro() {
		t.Errorf("what is left of it: %v", row)
	}
}

func commitAtOnce(t *testing.T, d *database) {
	s := sessions(t, d.migrated(t).Store, privacy.NewKeys())
	var committing sync.WaitGroup
	for n := range 16 {
		committing.Go(func() {
			if err := s.CommitCtx(t.Context(), "a", fmt.Appendf(nil, "data of %d", n), now.Add(time.Hour)); err != nil {
				t.Errorf("commit: %v", err)
			}
		})
	}
	committing.Wait()
	data, found, err := s.FindCtx(t.Context(), "a")
	if err != nil || !found || !strings.HasPrefix(string(data), "data of ") {
		t.Errorf("got %q, %v, %v", data, found, err)
	}
}

func sweepSessions(t *testing.T, d *database) {
	s := sessions(t, d.migrated(t).Store, privacy.NewKeys())
	const expired = 2*store.SweepPiece + 17
	for from := 0; from < expired; from += 200 {
		var rows []string
		var arguments []any
		for n := from; n < min(from+200, expired); n++ {
			at := len(arguments)
			rows = append(rows, fmt.Sprintf("($%d, $%d, $%d)", at+1, at+2, at+3))
			arguments = append(arguments, fmt.Append(nil, "expired ", n), []byte("sealed"), now.UnixMicro()-int64(n))
		}
		d.exec(t, "INSERT INTO session (token, data, expires_at) VALUES "+strings.Join(rows, ", "), arguments...)
	}
	for n := range 3 {
		commit(t, s, fmt.Sprint("live ", n), "data", now.Add(time.Duration(n+1)*time.Microsecond))
	}
	for i, want := range []int{store.SweepPiece, store.SweepPiece, 17, 0} {
		if deleted, err := s.Sweep(t.Context()); err != nil || deleted != want {
			t.Errorf("sweep %d: deleted %d, %v; want %d", i, deleted, err, want)
		}
	}
	for n := range 3 {
		holds(t, s, fmt.Sprint("live ", n), "data")
	}
	if n := d.count(t, "session"); n != 3 {
		t.Errorf("%d sessions are left, want 3", n)
	}
}

func bytesOf(t testing.TB, value any) []byte {
	t.Helper()
	b, ok := value.([]byte)
	if !ok {
		t.Fatalf("got %T, want bytes", value)
	}
	return b
}
