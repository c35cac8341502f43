package audit_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/audit"
	"pgregory.net/rapid"
)

// TestTheEncodingStays holds the hash of a known entry: a chain that was written must be verified by every later version.
func TestTheEncodingStays(t *testing.T) {
	e := audit.Entry{
		At: time.UnixMicro(1_780_000_000_123_456), Actor: "zhang", Action: "case.close", Object: "case:1", Before: "待回访",
		After: "已办结", Reason: "已整改", Request: "r1", Address: "10.0.0.9",
	}
	first := audit.Anchor{}.Next(e)
	second := first.Anchor().Next(audit.Entry{At: e.At})
	for n, want := range map[int]string{
		// made by other hands: python's struct and openssl dgst -sm3
		1: "68e0f9dd7c81c183223380671f42b429610b0fe071c283a53018ac3430023c79", 2: "dd69828b4a55373e8d7f584e6afa168b7e5e67b8772c9f10132bbd5e6842c6e7",
	} {
		link := map[int]audit.Link{1: first, 2: second}[n]
		if got := hex.EncodeToString(link.Hash[:]); got != want || link.Number != int64(n) {
			t.Errorf("link %d has number %d and hash %s, want %s", n, link.Number, got, want)
		}
	}
}

// TestNoTwoEntriesHashAlike moves characters between fields and changes every field.
func TestNoTwoEntriesHashAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[ab]{0,3}`)
		draw := func(label string) audit.Entry {
			return audit.Entry{
				At: time.UnixMicro(rapid.Int64Range(0, 2).Draw(t, label)), Actor: word.Draw(t, label), Action: word.Draw(t, label),
				Object: word.Draw(t, label), Before: word.Draw(t, label), After: word.Draw(t, label), Reason: word.Draw(t, label),
				Request: word.Draw(t, label), Address: word.Draw(t, label),
			}
		}
		a, b := draw("a"), draw("b")
		one, other := audit.Anchor{}.Next(a), audit.Anchor{}.Next(b)
		if (one.Hash == other.Hash) != (a == b) {
			t.Fatalf("%+v and %+v: equal hashes %v", a, b, one.Hash == other.Hash)
		}
		later := one.Anchor().Next(a)
		if later.Hash == one.Hash {
			t.Fatalf("an entry in another place has the same hash")
		}
	})
}

func TestAnchorsAreReadAsTheyAreWritten(t *testing.T) {
	a := audit.Anchor{Number: 42, Hash: audit.Hash{1, 2, 3}}
	for _, text := range []string{a.String(), " " + a.String() + "\n", strings.ToUpper(a.String())} {
		if got, ok := audit.ParseAnchor(text); !ok || got != a {
			t.Errorf("%q: got %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "42", "-", "42-", "x-" + strings.Repeat("0", 64), "42-" + strings.Repeat("0", 62), "-1-" + strings.Repeat("0", 64), a.String() + "0"} {
		if got, ok := audit.ParseAnchor(text); ok {
			t.Errorf("%q: read as %v", text, got)
		}
	}
}

func TestTheOriginOfAContextIsFilledIn(t *testing.T) {
	ctx := audit.With(t.Context(), audit.Origin{Actor: "zhang", Request: "r", Address: "a"})
	if got := (audit.Entry{Action: "x"}).By(ctx); got != (audit.Entry{Action: "x", Actor: "zhang", Request: "r", Address: "a"}) {
		t.Errorf("got %+v", got)
	}
	if got := (audit.Entry{Actor: "li"}).By(ctx); got.Actor != "li" {
		t.Errorf("an actor that was named became %s", got.Actor)
	}
	if got := (audit.Entry{}).By(t.Context()); got.Actor != audit.System {
		t.Errorf("nobody is %q", got.Actor)
	}
}
