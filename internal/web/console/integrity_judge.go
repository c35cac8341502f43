package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/web/view"
)

// concernedRow is a review that a finding is about.
type concernedRow struct {
	integrity.ConcernedReview
	Link, ChannelName, StateName string
	Chosen                       bool
}

// judgement is a decision that was made before.
type judgement struct {
	integrity.Decided
	StateName string
	Moved     string
}

type findingPage struct {
	Frame
	Finding    findingRow
	Fields     []fact
	Reviews    []concernedRow
	Judgements []judgement // last first
	May        bool        // judge
	Open       bool        // not judged yet
	// Decision and Reason are what was sent, Faults what is wrong with it, by field.
	Decision, Reason, Problem string
	Faults                    map[string]string
	MostReason                int
}

// showFinding is GET /console/integrity/of/{finding}.
func (h *Handler) showFinding(w http.ResponseWriter, r *http.Request) error {
	page, err := h.findingPage(w, r)
	if err != nil {
		return err
	}
	return h.write(w, http.StatusOK, "integrity-one", page)
}

func (h *Handler) findingPage(w http.ResponseWriter, r *http.Request) (*findingPage, error) {
	f, reviews, decided, err := h.Integrity.Finding(r.Context(), r.PathValue("finding"), integrity.Bounds(staff(r).Bounds()))
	if err != nil {
		return nil, err
	}
	row := h.findingRow(f)
	page := &findingPage{
		Frame: h.frame(w, r, f.Kind.Word()), Finding: row, Fields: h.findingFields(&row), May: staff(r).May(identity.JudgeFindings), Open: f.State == integrity.Open,
		Faults: map[string]string{}, MostReason: integrity.MaxReason,
	}
	for _, review := range reviews {
		one := concernedRow{ConcernedReview: review, ChannelName: channelWord(review.Channel), Chosen: review.Counts, StateName: "不计入"}
		switch {
		case review.Counts:
			one.StateName = "计入统计"
		case review.Withdrawn:
			one.StateName = "已认定，不计入"
		}
		if staff(r).May(identity.SeeReviews) {
			one.Link = "/console/reviews/of/" + url.PathEscape(review.Serial)
		}
		page.Reviews = append(page.Reviews, one)
	}
	name := h.staffNames(r.Context())
	for _, d := range slices.Backward(decided) {
		d.Actor = name(d.Actor)
		one := judgement{Decided: d, StateName: d.State.Word()}
		switch {
		case d.State == integrity.Confirmed:
			one.Moved = fmt.Sprintf("%d条评价不再计入统计", d.Reviews)
		case d.State == integrity.Open && d.Reviews > 0:
			one.Moved = fmt.Sprintf("%d条评价恢复计入统计", d.Reviews)
		}
		if d.State == integrity.Open {
			one.StateName = "撤回判断"
		}
		page.Judgements = append(page.Judgements, one)
	}
	return page, nil
}

// findingFields are the evidence in words.
func (h *Handler) findingFields(f *findingRow) []fact {
	e := &f.Evidence
	fields := []fact{
		{"位置", f.PlaceName},
		{"评价日期", f.DayName},
		{"发现", f.Seen},
		{"把握", f.Strong},
		{"当天评价", strconv.Itoa(e.Total) + "条"},
		{"涉及评价", strconv.Itoa(f.Concerned) + "条"},
		{"最早至最晚", e.From + "至" + e.To},
	}
	add := func(name, format string, of ...any) { fields = append(fields, fact{name, fmt.Sprintf(format, of...)}) }
	if f.Kind == integrity.Burst {
		add("平时每天五星", "%s", roughly(e.Usual, "条"))
		add("当天忙闲", "按同厅、同县和办件量，约为平时的%s倍", view.Decimal(e.Factor))
		add("最密集", "%d分钟内%d条", e.Minutes, e.Run)
	}
	if e.People > 0 {
		add("不同评价人", "%d人", e.People)
	}
	if f.Kind == integrity.Address || f.Kind == integrity.Words {
		add("别处相同的", "约占%s%%", view.Decimal(100*e.Share))
	}
	add("状态", "%s", f.StateName)
	add("发现时间", "%s", view.Moment(f.FoundAt))
	return fields
}

// judgeFinding is POST /console/integrity/of/{finding}.
func (h *Handler) judgeFinding(w http.ResponseWriter, r *http.Request) error {
	page, err := h.findingPage(w, r)
	if err != nil {
		return err
	}
	page.Decision, page.Reason = r.PostFormValue("decision"), r.PostFormValue("reason")
	chosen := r.PostForm["serial"]
	for i := range page.Reviews {
		page.Reviews[i].Chosen = slices.Contains(chosen, page.Reviews[i].Serial)
	}
	by := integrity.Judge{Login: staff(r).Login, WorkNo: staff(r).WorkNo, Bounds: integrity.Bounds(staff(r).Bounds())}
	choice := integrity.Choice{State: integrity.State(page.Decision), Reason: page.Reason, Serials: chosen}
	err = h.Integrity.Decide(r.Context(), by, page.Finding.ID, seenVersion(r), choice)
	switch {
	case err == nil && choice.State == integrity.Open:
		return h.done(w, r, page.Finding.Link, "已撤回判断，评价恢复计入统计。")
	case err == nil && choice.State == integrity.Confirmed:
		return h.done(w, r, page.Finding.Link, "已认定，所选评价不再计入统计。")
	case err == nil:
		return h.done(w, r, page.Finding.Link, "已排除，这条线索不会再出现。")
	case !isFault(err) || isMissing(err):
		return err
	}
	form := newForm("", "", err, Input{Name: "decision"}, Input{Name: "serial"}, Input{Name: "reason"})
	for _, input := range form.Inputs {
		page.Faults[input.Name] = input.Fault
	}
	page.Problem = form.Problem
	return h.write(w, form.status(), "integrity-one", page)
}
