package store_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
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
	"github.com/haochaping/haochaping/internal/venue"
)

// wire is the way to a server of PostgreSQL. It can end a connection at the next message that holds a text: when the server has
// done it, or before the server hears of it. The caller sees the same.
type wire struct {
	server string
	text   []byte
	fault  atomic.Int32
}

const (
	sound int32 = iota
	afterwards
	before
)

// commitMessage is how the driver asks for a COMMIT.
const commitMessage = "Q\x00\x00\x00\x0bcommit\x00"

// wired gives the address of a database by way of a wire.
func wired(t *testing.T, address, text string) (*wire, string) {
	t.Helper()
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{server: to.Host, text: []byte(text)}
	var carrying sync.WaitGroup
	carrying.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			carrying.Go(func() { w.carry(client) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		carrying.Wait()
	})
	to.Host = listener.Addr().String()
	return w, to.String()
}

// carry carries one connection, one message at a time.
func (w *wire) carry(client net.Conn) {
	defer client.Close() //nolint:errcheck // its end is what is tested
	server, err := new(net.Dialer).DialContext(context.Background(), "tcp", w.server)
	if err != nil {
		return
	}
	defer server.Close() //nolint:errcheck // as above
	var lost atomic.Bool
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		defer client.Close() //nolint:errcheck // as above
		_ = messages(server, func(some []byte) error {
			if lost.Load() {
				return io.EOF
			}
			_, err := client.Write(some)
			return err
		})
	}()
	_ = messages(client, func(some []byte) error {
		fault := sound
		if bytes.Contains(some, w.text) {
			fault = w.fault.Swap(sound)
		}
		lost.Store(fault != sound)
		if fault == before {
			return io.EOF
		}
		_, err := server.Write(some)
		if fault == afterwards {
			<-answered
			return io.EOF
		}
		return err
	})
	_ = server.Close() // ends the other way
	<-answered
}

// messages gives what is read, as it comes.
func messages(from io.Reader, give func(some []byte) error) error {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return err
		}
		if err := give(buffer[:n]); err != nil {
			return err
		}
	}
}

// A COMMIT that nobody answers may be done or not. What would do harm when it is done twice is not tried again, and its caller is
// told; everything else is tried again, and is there once.
func TestACommitThatNobodyAnswers(t *testing.T) {
	t.Run("done", func(t *testing.T) { unanswered(t, afterwards, 1) })
	t.Run("not done", func(t *testing.T) { unanswered(t, before, 0) })
}

func unanswered(t *testing.T, at int32, done int) {
	address := postgrestest.Database(t)
	w, through := wired(t, address, commitMessage)
	s, admin := migrated(t, through), connected(t, address)
	keys := privacy.NewKeys()
	sealer, err := privacy.NewSealer(keys, privacy.SM4)
	if err != nil {
		t.Fatal(err)
	}
	sessions := s.Sessions(sealer, privacy.NewBlinder(keys))
	if _, err := reviews(t, s, 1).Submit(t.Context(), guide(0)); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	for _, c := range []struct {
		name  string
		harm  bool // when it is done twice
		do    func(ctx context.Context) error
		count string // how often it was done
	}{
		{"a repair of counters", true, func(ctx context.Context) error {
			return s.Adjust(ctx, figures.Tally{{Dimension: figures.App, Period: 20260615, Code: "ghost"}: {1}})
		}, "SELECT sum(n1)::int FROM counter WHERE code = 'ghost'"},
		{"a claim of nonces", true, func(ctx context.Context) error {
			fresh, err := s.ClaimNonces(ctx, []integrator.Nonce{{App: "a", Text: "n", Until: later}})
			if err == nil && !fresh[0] {
				t.Error("the first call with a nonce is told that it was used")
			}
			return err
		}, "SELECT count(*) FROM nonce"},
		{"answers that are counted", true, func(ctx context.Context) error {
			return s.NoteAnswers(ctx, nil, []integrator.Count{{App: "a", Day: 20260615, Times: 1}}, 0)
		}, "SELECT sum(times)::int FROM app_answer"},
		{"scans that are counted", true, func(ctx context.Context) error {
			return s.AddScans(ctx, []venue.Scan{{Window: "w", Day: 20260615, Opened: 1}})
		}, "SELECT sum(opened)::int FROM scan"},
		{"a link of the audit chain", true, func(ctx context.Context) error {
			return s.Note(ctx, audit.Entry{Action: "test", Object: "test"})
		}, "SELECT count(*) FROM audit WHERE action = 'test'"},
		{"folding", false, func(ctx context.Context) error {
			_, err := s.Fold(ctx)
			return err
		}, "SELECT sum(n1)::int FROM counter WHERE code = 'app1' AND period = 20260615"},
		{"a browser's session", false, func(ctx context.Context) error {
			return sessions.CommitCtx(ctx, "token", []byte("data"), later)
		}, "SELECT count(*) FROM session"},
		{"a fact of the database", false, func(ctx context.Context) error {
			_, err := s.Claim(ctx, "fact", "value")
			return err
		}, "SELECT count(*) FROM setting WHERE name = 'fact'"},
	} {
		w.fault.Store(at)
		err := c.do(t.Context())
		if w.fault.Swap(sound) != sound {
			t.Fatalf("%s: its COMMIT did not come by", c.name)
		}
		if harm := fault.KindOf(err) == fault.Unavailable && fault.IsUndecided(err); harm != c.harm || err != nil && !harm {
			t.Errorf("%s: got %v, want undecided %v", c.name, err, c.harm)
		}
		want := 1
		if c.harm {
			want = done
		}
		var got *int
		if err := admin.QueryRow(t.Context(), c.count).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got == nil {
			got = new(int)
		}
		if *got != want {
			t.Errorf("%s: done %d times, want %d", c.name, *got, want)
		}
	}
}

// What is lost before the COMMIT is not done, and all of it is tried again.
func TestAStatementThatNobodyAnswers(t *testing.T) {
	w, through := wired(t, postgrestest.Database(t), "INSERT INTO moving")
	s := migrated(t, through)
	for i, at := range []int32{afterwards, before} {
		now, err := s.Registers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.fault.Store(at)
		one := org.Succession{Kind: org.OfDepartment, Former: fmt.Sprint("A", i), Code: "B"}
		if err := s.SaveRegisters(t.Context(), org.Changes{Successions: []org.Succession{one}, Since: now.Successions}); err != nil {
			t.Errorf("got %v, want that it is tried again", err)
		}
		if w.fault.Swap(sound) != sound {
			t.Fatal("the statement did not come by")
		}
	}
}
