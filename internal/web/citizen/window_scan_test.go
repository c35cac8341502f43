package citizen

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/venue"
)

// A window's page counts as opened when the code that hangs there leads to it, once for each time, and not when one goes on from it.
func TestTheCodeOfAWindowIsCountedWhenItIsOpened(t *testing.T) {
	var scanned []string
	p := openPages(t, func(n *Needs) {
		n.Scanned = func(window string) { scanned = append(scanned, window) }
		n.Affairs = unreviewed{{SerialNo: "GZ-1", AppCode: "gzga01", ItemCode: testItem}}
	})
	page := "/ping/window.html?w=" + testWindow
	p.visitor(t).get(page) // he is sent to the login, and comes back by the same address
	if len(scanned) != 0 {
		t.Errorf("before the login: %v", scanned)
	}
	v := p.citizen(t)
	v.wants(v.get(page), http.StatusOK, "请选择要评价的内容")
	v.get(page + "&of=service")
	v.get(page + "&affair=GZ-1")
	v.get("/ping/window.html?w=nothing")
	v.post(page+"&of=service", url.Values{"stars": {"5"}})
	if want := []string{testWindow}; !slices.Equal(scanned, want) {
		t.Errorf("counted %v, want %v", scanned, want)
	}
}

func TestTheCodeOfARetiredWindow(t *testing.T) {
	for name, retire := range map[string]func(h *venue.Hall, w *venue.Window){
		"window": func(_ *venue.Hall, w *venue.Window) { w.Retired = true }, "hall": func(h *venue.Hall, _ *venue.Window) { h.Retired = true },
	} {
		p := openPages(t, func(n *Needs) {
			hall, _ := n.Halls.Hall(testHall)
			window, _ := n.Halls.Window(testWindow)
			retire(&hall, &window)
			n.Halls.Replace([]venue.Hall{hall}, []venue.Window{window}, nil)
			n.Affairs = unreviewed([]affair.Affair{})
		})
		v := p.citizen(t)
		v.wants(v.get("/ping/window.html?w="+testWindow), http.StatusNotFound, "这个窗口已停用")
		if s := v.post("/ping/window.html?w="+testWindow, url.Values{"stars": {"5"}}); s.status != http.StatusNotFound {
			t.Errorf("a retired %s was rated: %d", name, s.status)
		}
	}
}
