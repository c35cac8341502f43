package ebus

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/review"
)

// maxAhead is how far a review's time may lie ahead of the server's clock (contract.md 4).
const maxAhead = 5 * time.Minute

// submitted is the data of an accepted submission (3.4.2.5).
type submitted struct {
	// AffairEvalID is the review's serial number, at most 20 characters.
	AffairEvalID string `json:"affairEvalId"`
}

// AppendJSON implements respond.Appender. A serial number holds nothing that has to be escaped.
func (s submitted) AppendJSON(to []byte) []byte {
	return append(append(append(to, `{"affairEvalId":"`...), s.AffairEvalID...), `"}`...)
}

// submission is one of the three interfaces: decode, judge, submit. What is judged depends on what is registered now and on the clock.
// A submission that was taken before is answered as its first time all the same (contract.md 6).
func (h *Handler) submission(m *message) route {
	return route{
		method:   http.MethodPost,
		entities: m.entities,
		gate:     h.reviews,
		bodies:   &h.bodies,
		handle: func(r *http.Request, app *integrator.App, body []byte) (any, error) {
			var form review.Review
			violations := decode(body, m.fields, &form)
			if form.AppCode != "" && form.AppCode != app.Code {
				return nil, fault.NewUntrusted("请求体的 appCode 不是 x-tif-paasid 所属应用的编码")
			}
			m.complete(&form)
			if judged := h.judge(m, app, &form); len(judged) > 0 || len(violations) > 0 {
				if len(violations) == 0 && slices.Contains(m.entities, form.EntityCode) {
					if first, found, err := h.Reviews.Stored(r.Context(), form); found || err != nil {
						return submitted{first.Serial}, err
					}
				}
				return nil, fault.NewInvalid(append(violations, judged...)...)
			}
			form.Tags = distinct(form.Tags)
			form.Channel = catalog.ChannelOf(form.EntityCode)
			receipt, err := h.Reviews.Submit(r.Context(), form)
			if err != nil {
				return nil, err
			}
			return submitted{receipt.Serial}, nil
		},
	}
}

// judge checks what the fields' own rules can't: codes, combinations and the clock (contract.md 4).
func (h *Handler) judge(m *message, app *integrator.App, r *review.Review) (violations []fault.Violation) {
	fail := func(field, reason string) {
		violations = append(violations, fault.Violation{Field: field, Reason: reason})
	}
	switch {
	case r.EntityCode == "":
	case !slices.Contains(m.entities, r.EntityCode):
		fail("evalEntityCode", "应为 "+strings.Join(m.entities, " 或 "))
	case !app.Given(r.EntityCode):
		fail("evalEntityCode", "应用未获分配 "+r.EntityCode)
	}
	if r.Stars != 0 {
		for i, id := range r.Tags {
			if id != "" && !h.Tags.Valid(id, r.EntityCode, r.Stars) {
				fail(fmt.Sprintf("tagList[%d].tagId", i),
					fmt.Sprintf("应为 %d 星的有效标签，可用 GET /ping/ebus/tags 查询", r.Stars))
			}
		}
	}
	if now := h.Now(); r.EvalTime.After(now.Add(maxAhead)) {
		fail("evalTime", "不得晚于服务器时间（"+beijing.FormatSecond(now)+"）五分钟以上")
	}
	return violations
}

// distinct keeps the first of equal tags, in their own room.
func distinct(tags []string) []string {
	kept := tags[:0]
	for _, tag := range tags {
		if !slices.Contains(kept, tag) {
			kept = append(kept, tag)
		}
	}
	return kept
}
