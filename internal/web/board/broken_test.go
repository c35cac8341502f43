package board

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
)

var errGone = errors.New("canceling statement due to statement timeout")

// A figure that can't be read takes the blocks that are made of it, and no others; those say so, where they stand.
func TestABlockThatFailsTakesNoOtherWithIt(t *testing.T) {
	ofTags := func(q figures.Query) bool {
		return slices.ContainsFunc(q.Dimensions, func(d figures.Dimension) bool { return d == figures.Tag(org.LevelProvince) })
	}
	failing := func(q figures.Query) error {
		if ofTags(q) {
			return errGone
		}
		return nil
	}
	panicking := func(q figures.Query) error {
		if ofTags(q) {
			panic(errGone)
		}
		return nil
	}
	ofCases := func(q figures.Query) error {
		if q.Dimensions[0] == figures.CaseRegion(org.LevelProvince) {
			return errGone
		}
		return nil
	}
	mute := func(figures.Query) error { return errGone }
	for _, tt := range []struct {
		name       string
		lame, mute func(figures.Query) error
		broken     []string
		titles     []string
	}{
		{"tags", failing, nil, []string{"praised", "complained"}, []string{"群众点赞", "群众吐槽"}},
		{"tags, by a panic", panicking, nil, []string{"praised", "complained"}, []string{"群众点赞", "群众吐槽"}},
		{"cases", ofCases, nil, []string{"figures"}, []string{"总体情况"}},
		{"newest", nil, mute, []string{"newest"}, []string{"最新评价"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			p := newPlace(t, func(n *Needs) { n.Log = slog.New(slog.NewTextHandler(&log, nil)) })
			p.store.count("440106000000", [5]int64{0, 0, 0, 0, 731}, "510")
			p.store.found = []review.Public{{Serial: "1", UserName: "张*", EntityCode: "egovAffair", Stars: 5, EvalTime: noon}}
			if tt.lame != nil {
				p.store.lame.Store(&tt.lame)
			}
			if tt.mute != nil {
				p.store.mute.Store(&tt.mute)
			}
			page := p.page(t, "/ping/board")
			for _, name := range BlockNames() {
				got := strings.Contains(block(t, page, name), unread)
				if want := slices.Contains(tt.broken, name); got != want {
					t.Errorf("%s says that it can't be read: %v, want %v", name, got, want)
				}
			}
			for i, name := range tt.broken {
				if !strings.Contains(block(t, page, name), tt.titles[i]) {
					t.Errorf("%s does not say what it is:\n%s", name, block(t, page, name))
				}
			}
			if strings.Contains(page, errGone.Error()) || strings.Count(log.String(), errGone.Error()) != 1 {
				t.Errorf("the cause belongs into the log, once:\n%s", log.String())
			}
		})
	}
}

// What could not be read is not kept as long as the figures stand: it is drawn again after a pause, and viewers are told.
func TestABlockThatFailedComesBack(t *testing.T) {
	p := newPlace(t)
	server := serveBoard(t, p, false)
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 731}, "510")
	p.store.found = []review.Public{{Serial: "1", UserName: "张*", EntityCode: "egovAffair", Stars: 5, EvalTime: noon}}
	mute := func(figures.Query) error { return errGone }
	p.store.mute.Store(&mute)
	if page := p.page(t, "/ping/board"); !strings.Contains(page, unread) {
		t.Fatal("nothing failed")
	}
	v := watch(t, server, p.stream(t, "/ping/board"))
	p.seated(t)
	p.store.mute.Store(nil)
	asked := p.store.queries()
	p.page(t, "/ping/board")
	if p.store.queries() != asked {
		t.Error("it is drawn again at once")
	}
	p.set(p.Now().Add(brokenPause))
	deadline := time.Now().Add(10 * time.Second)
	for strings.Contains(p.page(t, "/ping/board"), unread) {
		if time.Now().After(deadline) {
			t.Fatal("it is not drawn again")
		}
		time.Sleep(time.Millisecond)
	}
	p.tell(t)
	if e := v.next(t); len(e.change.Blocks) != 1 || !strings.Contains(e.change.Blocks["newest"], "张*") {
		t.Errorf("the viewers are told %v", e.change.Blocks)
	}
	asked = p.store.queries()
	p.set(p.Now().Add(time.Minute))
	p.page(t, "/ping/board")
	if p.store.queries() != asked {
		t.Error("what is whole is drawn again though nothing changed")
	}
}
