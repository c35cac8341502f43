package console

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/org"
)

// place sends a form of a page as it stands there, with what was typed.
func (b *browser) place(page, form string, typed url.Values) shown {
	b.t.Helper()
	sent := hiddenOf(b.get(page))
	maps.Copy(sent, typed)
	return b.post(page+"/"+form, sent)
}

func TestOfTwoWhoPlaceACodeTheSecondSeesWhatTheFirstDid(t *testing.T) {
	h := registerHouse(t)
	first, second := h.as(t, "sheng"), h.as(t, "quyu")
	for _, c := range []struct {
		page   string
		typed  func(name string) url.Values
		called func() string
	}{
		{"/console/regions/of/" + pendingRegion, func(name string) url.Values { return url.Values{"name": {name}} }, func() string { return h.registry.RegionName(pendingRegion) }},
		{"/console/departments/of/" + pendingDepartment, func(name string) url.Values { return url.Values{"name": {name}, "region": {guangzhou}} }, func() string {
			d, _ := h.registry.Department(pendingDepartment)
			return d.Name
		}},
		{"/console/items/of/I1", func(name string) url.Values { return url.Values{"name": {name}, "department": {policeCode}} }, func() string {
			items, err := h.handler.Registers.Service.Items(t.Context(), org.ItemFilter{Code: "I1", Limit: 1})
			if err != nil || len(items) != 1 {
				t.Fatal(items, err)
			}
			return items[0].Name
		}},
	} {
		seen := hiddenOf(second.get(c.page))
		if seen.Get("seen") == "" {
			t.Fatalf("%s does not tell what is seen", c.page)
		}
		first.to(first.place(c.page, "change", c.typed("先来的")), c.page)
		again := c.typed("先来的") // by a double click
		again["seen"] = seen["seen"]
		first.to(first.post(c.page+"/change", again), c.page)
		late := c.typed("后来的")
		late["seen"] = seen["seen"]
		told := second.post(c.page+"/change", late)
		second.wants(told, http.StatusConflict, "刚才另有人改过", "名称“先来的”", `value="后来的"`)
		second.wants(second.post(c.page+"/change", c.typed("没看过的")), http.StatusConflict, "刚才另有人改过")
		if got := c.called(); got != "先来的" {
			t.Errorf("%s is called %s", c.page, got)
		}
		into := url.Values{"into": {policeCode}, "sure": {"yes"}, "seen": seen["seen"]}
		if strings.Contains(c.page, "regions") {
			into.Set("into", "440106000000")
		}
		second.wants(second.post(c.page+"/merge", into), http.StatusConflict, "名称“先来的”")
		if n := h.registry.Successions().Len(); n != 0 {
			t.Errorf("%s was merged", c.page)
		}
		late.Set("seen", hiddenOf(told).Get("seen")) // he has seen it, and means it
		second.to(second.post(c.page+"/change", late), c.page)
		if got := c.called(); got != "后来的" {
			t.Errorf("%s is called %s in the end", c.page, got)
		}
	}
}
