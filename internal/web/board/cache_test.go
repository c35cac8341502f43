package board

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/org"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/venue"
)

// addresses are one of every kind that costs queries.
var addresses = []string{
	"/ping/board", "/ping/board?region=440100000000&period=month&channel=portal", "/ping/board?by=halls&rank=fair", "/ping/board/embed/trend",
	"/ping/board/download/regions.csv", "/ping/board/download/summary.xlsx", "/ping/board/download/trend.json?region=4401",
}

func TestNothingIsAskedOfTheStoreWhileNothingChanged(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", [5]int64{1, 1, 2, 3, 40}, "510")
	for _, address := range addresses {
		p.page(t, address)
	}
	asked := p.store.queries()
	if asked == 0 {
		t.Fatal("nothing was asked at all")
	}
	for range 3 {
		p.look(t)
		for _, address := range addresses {
			p.page(t, address)
		}
		p.set(p.Now().Add(time.Minute))
	}
	if more := p.store.queries() - asked; more != 0 {
		t.Errorf("%d queries though nothing changed", more)
	}
	looks := p.store.looks.Load()
	p.page(t, "/ping/board?period=today")
	if p.store.queries() == asked || p.store.looks.Load() != looks {
		t.Error("a state that nobody asked for yet costs queries of its own, and no look for changes")
	}
	asked = p.store.queries()
	p.store.count("440106000000", [5]int64{1, 1, 2, 3, 41})
	p.look(t)
	p.set(p.Now().Add(grace))
	p.page(t, "/ping/board")
	if p.store.queries() == asked {
		t.Error("nothing is asked though figures changed")
	}
}

// Whoever comes while the figures move gets those of the last moment at once, however long they stood; older ones are not shown.
func TestFiguresThatMove(t *testing.T) {
	p := newPlace(t)
	stars := func(n int64) [5]int64 { return [5]int64{0, 0, 0, 0, n} }
	shows := func(n int64) bool { return strings.Contains(p.page(t, "/ping/board"), fmt.Sprintf(">%d<", n)) }
	p.store.count("440106000000", stars(731))
	p.page(t, "/ping/board")
	p.set(p.Now().Add(10 * time.Minute))
	p.store.count("440106000000", stars(732))
	p.look(t)
	p.set(p.Now().Add(grace - time.Millisecond))
	if !shows(731) {
		t.Error("what was true a moment ago is not shown at once")
	}
	deadline := time.Now().Add(10 * time.Second)
	for !shows(732) {
		if time.Now().After(deadline) {
			t.Fatal("it is not drawn again meanwhile")
		}
		time.Sleep(time.Millisecond)
	}
	p.store.count("440106000000", stars(733))
	p.look(t)
	p.set(p.Now().Add(grace / 2))
	p.store.count("440106000000", stars(734))
	p.look(t)
	p.set(p.Now().Add(grace / 2))
	if !shows(734) {
		t.Error("figures are shown that were true before those of a moment ago")
	}
	for n := range int64(2 * sightingsKept) {
		p.store.count("440106000000", stars(800+n))
		p.look(t)
	}
	if !shows(800 + 2*sightingsKept - 1) {
		t.Error("figures are shown of which nobody knows how old they are")
	}
}

// Who has to wait does not wait behind what nobody waits for, and nothing is drawn twice.
func TestWhoWaitsIsDrawnForAtOnce(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 731})
	p.page(t, "/ping/board")
	p.cache.behind <- struct{}{} // others are being drawn again
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 732})
	p.look(t)
	if !strings.Contains(p.page(t, "/ping/board"), ">731<") {
		t.Error("what was true a moment ago is not shown")
	}
	p.set(p.Now().Add(grace))
	if !strings.Contains(p.page(t, "/ping/board"), ">732<") {
		t.Error("old figures are shown")
	}
	asked := p.store.queries()
	<-p.cache.behind
	deadline := time.Now().Add(10 * time.Second)
	for waits := true; waits; {
		p.cache.mu.Lock()
		waits = len(p.cache.again)+len(p.cache.drawing) > 0
		p.cache.mu.Unlock()
		if time.Now().After(deadline) {
			t.Fatal("its turn does not come")
		}
		time.Sleep(time.Millisecond)
	}
	if more := p.store.queries() - asked; more != 0 {
		t.Errorf("%d queries for what was drawn already", more)
	}
}

func TestTheDayTurnsThoughNothingIsCounted(t *testing.T) {
	p := newPlace(t)
	p.set(time.Date(2026, 11, 24, 15, 59, 59, 0, time.UTC)) // 23:59:59
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 7})
	if !strings.Contains(p.page(t, "/ping/board?period=today"), "2026年11月24日") {
		t.Fatal("the day is not told")
	}
	p.set(p.Now().Add(time.Second))
	page := p.page(t, "/ping/board?period=today")
	if !strings.Contains(page, `<p class="days">2026年11月25日`) {
		t.Error("the day does not turn at midnight in Asia/Shanghai")
	}
}

func TestANameThatChangesShows(t *testing.T) {
	halls := venue.NewDirectory()
	registry := org.NewRegistry(org.Guangdong(), []org.Department{{Code: "D1", Name: "市公安局", RegionCode: "440000000000"}})
	p := newPlace(t, func(n *Needs) { n.Halls, n.Registry = halls, registry })
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 40}, "510")
	p.store.set(20, "D1", [5]int64{0, 0, 0, 0, 40})
	p.store.set(25, "440100000H01", [5]int64{0, 0, 0, 0, 40})
	halls.Replace([]venue.Hall{{Code: "440100000H01", RegionCode: "440100000000", Name: "市民中心"}}, nil, nil)
	changes := []struct {
		address, before, after string
		change                 func()
	}{
		{"/ping/board?by=halls", "市民中心", "政务服务中心", func() {
			halls.Replace([]venue.Hall{{Code: "440100000H01", RegionCode: "440100000000", Name: "政务服务中心"}}, nil, nil)
		}},
		{"/ping/board?by=departments", "市公安局", "省公安厅", func() {
			registry.Replace(org.Guangdong(), []org.Department{{Code: "D1", Name: "省公安厅", RegionCode: "440000000000"}})
		}},
		{"/ping/board/download/departments.csv", "省公安厅", "公安厅", func() {
			registry.Replace(org.Guangdong(), []org.Department{{Code: "D1", Name: "公安厅", RegionCode: "440000000000"}})
		}},
		{"/ping/board/embed/trend?region=4401", `<h1 class="of">广州市`, `<h1 class="of">羊城`, func() {
			regions := append([]org.Region{}, org.Guangdong()...)
			for i := range regions {
				if regions[i].Code == "440100000000" {
					regions[i].Name = "羊城"
				}
			}
			registry.Replace(regions, nil)
		}},
		{"/ping/board", "东莞市", "莞城", func() {
			regions := append([]org.Region{}, org.Guangdong()...)
			for i := range regions {
				if regions[i].Code == "441900000000" {
					regions[i].Name = "莞城"
				}
			}
			registry.Replace(regions, nil)
		}},
	}
	for _, tt := range changes {
		if page := p.page(t, tt.address); !strings.Contains(page, tt.before) {
			t.Fatalf("%s does not show %s", tt.address, tt.before)
		}
		tt.change()
		p.look(t)
		if page := p.page(t, tt.address); strings.Contains(page, tt.before) && !strings.Contains(tt.after, tt.before) || !strings.Contains(page, tt.after) {
			t.Errorf("%s does not show that %s is %s by now", tt.address, tt.before, tt.after)
		}
	}
	// The registers are read again all the time; what stays as it is costs nothing.
	asked := p.store.queries()
	regions := append([]org.Region{}, org.Guangdong()...)
	for i := range regions {
		if regions[i].Code == "441900000000" {
			regions[i].Name = "莞城"
		}
	}
	registry.Replace(regions, nil)
	p.look(t)
	p.page(t, "/ping/board")
	if p.store.queries() != asked {
		t.Error("registers that were read again cost queries")
	}
	// A name may change in the same second as figures do that the block does not show.
	const frame = "/ping/board/embed/trend?region=4419"
	p.page(t, frame)
	registry.Replace(org.Guangdong(), nil)
	p.store.version.Add(1)
	if err := p.watcher.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.set(p.Now().Add(2 * grace))
	if page := p.page(t, frame); !strings.Contains(page, `<h1 class="of">东莞市`) {
		t.Error("a frame keeps a name of before")
	}
}

func TestWhoHasItAlreadyGetsItNotAgain(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 40})
	for _, address := range addresses {
		first := p.get(t, address)
		etag := first.Header().Get("Etag")
		again := p.get(t, address, "If-None-Match", etag)
		if etag == "" || again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s: ETag %s, then status %d", address, etag, again.Code)
		}
		zipped := p.get(t, address, "Accept-Encoding", "gzip")
		reader, err := gzip.NewReader(zipped.Body)
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		if text, err := io.ReadAll(reader); err != nil || !bytes.Equal(text, first.Body.Bytes()) {
			t.Errorf("%s: compressed it is another: %v", address, err)
		}
		p.store.count("440106000000", [5]int64{0, 0, 0, 1, 40})
		p.look(t)
		p.set(p.Now().Add(grace))
		if w := p.get(t, address, "If-None-Match", etag); w.Code != http.StatusOK {
			t.Errorf("%s: status %d though figures changed", address, w.Code)
		}
		p.store.count("440106000000", [5]int64{0, 0, 0, 0, 40})
		p.look(t)
		p.set(p.Now().Add(grace))
	}
}

// Counters are put together now and then, which moves no figure: nobody gets the same page again for it.
func TestThatNothingMovedMakesNoNewPage(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 40})
	etag := p.get(t, "/ping/board").Header().Get("Etag")
	p.store.version.Add(1)
	p.look(t)
	p.set(p.Now().Add(time.Minute))
	asked := p.store.queries()
	if w := p.get(t, "/ping/board", "If-None-Match", etag); w.Code != http.StatusNotModified || p.store.queries() == asked {
		t.Errorf("status %d", w.Code)
	}
}

func TestManyWhoAskAtOnceCostOneDrawing(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 40})
	p.page(t, "/ping/board?period=7d")
	one := p.store.queries()
	p.look(t)
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() { p.get(t, "/ping/board?period=month") })
	}
	all.Wait()
	if got := p.store.queries() - one; got != one {
		t.Errorf("32 at once cost %d queries, one alone %d", got, one)
	}
}

func TestWithoutTheDatabaseWhatIsDrawnIsStillShown(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 40})
	p.page(t, "/ping/board")
	broken := errors.New("the database is gone")
	p.store.broken.Store(&broken)
	if p.watcher.look(t.Context()) == nil {
		t.Fatal("it is not gone")
	}
	p.page(t, "/ping/board")
	w := p.get(t, "/ping/board?period=7d")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), broken.Error()) {
		t.Errorf("status %d\n%s", w.Code, w.Body)
	}
	fresh := newPlace(t)
	fresh.store.broken.Store(&broken)
	if w := fresh.get(t, "/ping/board"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d", w.Code)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 40})
	p.page(t, "/ping/board")
	size := p.cache.recent.Front().Value.(*cached).drawn.size()
	for i := range cacheBytes/size + 2 {
		d := *p.cache.recent.Front().Value.(*cached).drawn
		p.cache.mu.Lock()
		p.cache.put(shown{table: "x", format: time.Duration(i).String()}, &d)
		p.cache.mu.Unlock()
	}
	if p.cache.held > cacheBytes || p.cache.held < cacheBytes-2*size || len(p.cache.entries) != p.cache.recent.Len() {
		t.Errorf("%d bytes are kept, of at most %d", p.cache.held, cacheBytes)
	}
	if _, there := p.cache.entries[shown{state: state{region: p.Root, period: "30d", by: "regions"}}]; there {
		t.Error("what nobody asked for longest is kept")
	}
}

func TestFewReviewsShowNothingOfWhoWroteThem(t *testing.T) {
	for _, tt := range []struct {
		counts  [5]int64
		visible bool
	}{{[5]int64{2, 0, 0, 0, 2}, false}, {[5]int64{2, 0, 0, 0, 3}, true}} {
		p := newPlace(t)
		p.store.count("440106000000", tt.counts, "510", "108")
		p.store.found = []review.Public{{Serial: "1", UserName: "张*", EntityCode: "egovAffair", ItemName: "身份证补领", Stars: 5, Tags: []string{"510"}, EvalTime: noon, Remark: "排队<很久"}}
		page := p.page(t, "/ping/board")
		for _, words := range []string{"一窗受理一次办结", "在办事指南之外增加新的审批条件", "排队&lt;很久"} {
			if strings.Contains(page, words) != tt.visible {
				t.Errorf("%v reviews: %s is shown: %v", tt.counts, words, !tt.visible)
			}
		}
		if !strings.Contains(page, "张*") || !strings.Contains(page, "身份证补领") {
			t.Error("the newest review is not there")
		}
	}
}

// Figures are read in goroutines of their own, where a panic would end the process.
func TestAPanicInAFigureIsAnswered(t *testing.T) {
	p := newPlace(t)
	for _, c := range []struct {
		panics bool
		want   int
	}{{true, http.StatusInternalServerError}, {false, http.StatusOK}} {
		p.store.panics.Store(c.panics)
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ping/board", nil))
		if w.Code != c.want {
			t.Errorf("it panics: %v: got %d, want %d", c.panics, w.Code, c.want)
		}
	}
}
