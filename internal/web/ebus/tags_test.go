package ebus

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/web/respond"
)

// Who looks tags up wrongly is told what is missing apart from what is not known, and of a query that is none just that.
func TestTagsAreLookedUpWrongly(t *testing.T) {
	h := newHouse(nil, nil)
	for query, want := range map[string][]fault.Violation{
		"":                              {{Field: "evalEntityCode", Reason: "不能为空"}},
		"?generalStars=5":               {{Field: "evalEntityCode", Reason: "不能为空"}},
		"?evalEntityCode=none":          {{Field: "evalEntityCode", Reason: "应为已登记的评价对象编码"}},
		"?evalEntityCode=%zz":           {{Field: "query", Reason: "不是合法的查询串"}},
		"?evalEntityCode=egovAffair;a=": {{Field: "query", Reason: "不是合法的查询串"}},
		"?generalStars=6": {
			{Field: "evalEntityCode", Reason: "不能为空"}, {Field: "generalStars", Reason: "应为 1 到 5 的整数"},
		},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ping/ebus/tags"+query, http.NoBody)
		for name, value := range h.signed() {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		var envelope respond.Envelope
		if err := json.Unmarshal(w.Body.Bytes(), &envelope); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, envelope.Errors); diff != "" {
			t.Errorf("%q (-want +got)\n%s", query, diff)
		}
	}
}
