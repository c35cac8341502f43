package respond_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/haochaping/haochaping/internal/web/respond"
)

// maker counts what is made.
type maker struct {
	cache *respond.Cache
	made  map[string]int
}

func newMaker(most int) *maker {
	return &maker{respond.NewCache(most, time.Minute, time.Now), map[string]int{}}
}

// get asks for a key in a version, whose answer is text.
func (m *maker) get(t *testing.T, key, version, text string) string {
	t.Helper()
	kept, err := m.cache.Get(t.Context(), key, version, func(context.Context) (*respond.Kept, error) {
		m.made[key]++
		return respond.Keep("text/plain", []byte(text)), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(kept.Body())
}

func TestAnAnswerIsMadeOnceForEachVersion(t *testing.T) {
	m := newMaker(1 << 20)
	for _, one := range []struct{ key, version, text, want string }{
		{"a", "1", "first", "first"},
		{"a", "1", "again", "first"},
		{"b", "1", "other", "other"},
		{"a", "2", "second", "second"},
		{"a", "2", "again", "second"},
		{"b", "1", "again", "other"},
		{"a", "1", "an older version is not kept beside a newer one", "an older version is not kept beside a newer one"},
	} {
		if got := m.get(t, one.key, one.version, one.text); got != one.want {
			t.Errorf("%s in version %s: got %q, want %q", one.key, one.version, got, one.want)
		}
	}
	if m.made["a"] != 3 || m.made["b"] != 1 {
		t.Errorf("made %v", m.made)
	}
}

func TestAnAnswerGrowsOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMaker(1 << 20)
		m.get(t, "a", "1", "text")
		time.Sleep(time.Minute - time.Nanosecond)
		m.get(t, "a", "1", "text")
		if m.made["a"] != 1 {
			t.Errorf("made %d times within its age", m.made["a"])
		}
		time.Sleep(time.Nanosecond)
		m.get(t, "a", "1", "text")
		if m.made["a"] != 2 {
			t.Errorf("made %d times, want 2: it is too old", m.made["a"])
		}
	})
}

// The cache is bounded: what was not asked for longest goes first, and what is larger than the cache is answered all the same.
func TestTheCacheIsBounded(t *testing.T) {
	m := newMaker(10_000)
	text := strings.Repeat("x", 2000)
	for n := range 3 {
		m.get(t, fmt.Sprint(n), "1", text)
	}
	m.get(t, "0", "1", text) // asked for last
	for n := 3; n < 5; n++ {
		m.get(t, fmt.Sprint(n), "1", text)
	}
	m.get(t, "0", "1", text)
	m.get(t, "1", "1", text)
	if m.made["0"] != 1 || m.made["1"] != 2 {
		t.Errorf("made %v", m.made)
	}
	large := strings.Repeat("y", 20_000)
	if got := m.get(t, "large", "1", large); got != large {
		t.Error("what is too large is another answer")
	}
	m.get(t, "large", "1", large)
	if m.made["large"] != 2 {
		t.Errorf("what is larger than the cache was made %d times, want each time", m.made["large"])
	}
}

// A hundred who ask at once cost one making; who hangs up leaves the others their answer.
func TestWhoAsksAtOnceWaitsForTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := respond.NewCache(1<<20, time.Minute, time.Now)
		made := 0
		make := func(context.Context) (*respond.Kept, error) {
			made++
			time.Sleep(time.Second)
			return respond.Keep("text/plain", []byte("text")), nil
		}
		impatient, hangUp := context.WithTimeout(t.Context(), time.Millisecond)
		defer hangUp()
		var wg sync.WaitGroup
		wg.Go(func() { // asks first, and hangs up
			if _, err := cache.Get(impatient, "a", "1", make); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("who hung up got %v", err)
			}
		})
		synctest.Wait()
		for range 100 {
			wg.Go(func() {
				if kept, err := cache.Get(t.Context(), "a", "1", make); err != nil || string(kept.Body()) != "text" {
					t.Errorf("got %v, %v", kept, err)
				}
			})
		}
		wg.Wait()
		if made != 1 {
			t.Errorf("made %d times", made)
		}
	})
}

// A fault is told and not kept, a panic too.
func TestAFaultIsNotKept(t *testing.T) {
	m := newMaker(1 << 20)
	broken := errors.New("no database")
	for name, fail := range map[string]func(context.Context) (*respond.Kept, error){
		"fault": func(context.Context) (*respond.Kept, error) { return nil, broken },
		"panic": func(context.Context) (*respond.Kept, error) { panic("no database") },
	} {
		if _, err := m.cache.Get(t.Context(), name, "1", fail); err == nil || !strings.Contains(err.Error(), broken.Error()) {
			t.Errorf("%s: got %v", name, err)
		}
		if got := m.get(t, name, "1", "right"); got != "right" {
			t.Errorf("after a %s: got %q", name, got)
		}
	}
}
