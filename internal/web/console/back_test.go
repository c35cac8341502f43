package console

import (
	"net/http"
	"net/url"
	"testing"
)

// Who was refused is led back to the page that he came from, as far as its address says, and never to what is not there or not his.
func TestARefusalLeadsBack(t *testing.T) {
	h := newHouse(t, withVenues(t), withTags(t))
	b := h.as(t, "sheng")
	h.as(t, "gongdan")
	for _, c := range []struct{ method, path, want string }{
		{http.MethodPost, "/console/staff/of/gongdan/state", "/console/staff/of/gongdan"}, // another has changed it: no version is told
		{http.MethodPost, "/console/halls/of/" + hallCode + "/state", "/console/halls/of/" + hallCode},
		{http.MethodGet, "/console/halls/of/nowhere/posters.html", "/console/halls"},
		{http.MethodGet, "/console/halls/of/nowhere", "/console/halls"},
		{http.MethodGet, "/console/nowhere/at/all", ""},
	} {
		form := url.Values{"state": {"locked"}, "sure": {"yes"}}
		if c.method == http.MethodGet {
			form = nil
		}
		s := b.do(c.method, c.path, form)
		if s.status < 400 {
			t.Errorf("%s %s: status %d", c.method, c.path, s.status)
		}
		if c.want == "" {
			b.lacks(s, ">返回</a>")
			continue
		}
		b.wants(s, s.status, `<a href="`+c.want+`">返回</a>`)
	}
	worker := h.as(t, "gongdan")
	worker.lacks(worker.get("/console/halls/of/"+hallCode), ">返回</a>") // the list is not his, either
}
