package ebus

import (
	"net/http"
	"net/url"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
)

// tagData is the data of GET /ping/ebus/tags (contract.md 4).
type tagData struct {
	Tags []tag `json:"tags"`
}

type tag struct {
	TagID          string `json:"tagId"`
	TagName        string `json:"tagName"`
	GeneralStars   int    `json:"generalStars"`
	EvalEntityCode string `json:"evalEntityCode"`
}

// tags looks up the tags of an evaluation object and a number of stars, core ones first; without stars, all of them.
func (h *Handler) tags(r *http.Request, _ *integrator.App, _ []byte) (any, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil { // what could not be read of it is not missing
		return nil, fault.NewInvalid(fault.Violation{Field: "query", Reason: "不是合法的查询串"})
	}
	var violations []fault.Violation
	entity := query.Get("evalEntityCode")
	switch {
	case entity == "":
		violations = append(violations, fault.Violation{Field: "evalEntityCode", Reason: reasonMissing})
	case !h.Entities.Known(entity):
		violations = append(violations, fault.Violation{Field: "evalEntityCode", Reason: "应为已登记的评价对象编码"})
	}
	stars := 0
	if text := query.Get("generalStars"); text != "" {
		stars = int(text[0] - '0')
		if len(text) != 1 || stars < 1 || stars > 5 {
			violations = append(violations, fault.Violation{Field: "generalStars", Reason: "应为 1 到 5 的整数"})
		}
	}
	if len(violations) > 0 {
		return nil, fault.NewInvalid(violations...)
	}
	data := tagData{Tags: []tag{}}
	for _, t := range h.Tags.For(entity, stars) {
		data.Tags = append(data.Tags, tag{t.ID, t.Name, t.Stars, t.Entity})
	}
	return data, nil
}
