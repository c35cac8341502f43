package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/integrity"
	"github.com/haochaping/haochaping/internal/web/view"
)

const integrityPath = "/console/integrity"

// Integrity keeps findings and what people decide about them; integrity.Service does.
type Integrity interface {
	Findings(ctx context.Context, f integrity.Filter, p integrity.Page) ([]integrity.Stored, error)
	Count(ctx context.Context, f integrity.Filter, most int) (int, error)
	Finding(ctx context.Context, id string, b integrity.Bounds) (integrity.Stored, []integrity.ConcernedReview, []integrity.Decided, error)
	Decide(ctx context.Context, by integrity.Judge, id string, version int, c integrity.Choice) error
	Register(ctx context.Context, roster string, known integrity.Known) (officers int, err error)
	Registered(ctx context.Context) (map[string]int, error)
}

func (h *Handler) integrityRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{method: get, pattern: integrityPath, action: identity.SeeFindings, do: h.listFindings},
		{method: get, pattern: integrityPath + "/export", action: identity.SeeFindings, do: h.exportFindings}, // who sees them may export, too
		{method: get, pattern: integrityPath + "/of/{finding}", action: identity.SeeFindings, do: h.showFinding},
		{method: post, pattern: integrityPath + "/of/{finding}", action: identity.JudgeFindings, do: h.judgeFinding},
		{method: get, pattern: integrityPath + "/officers", action: identity.JudgeFindings, do: h.showRoster},
		{method: post, pattern: integrityPath + "/officers", action: identity.JudgeFindings, do: h.saveRoster},
	}
}

// FindingsWaiting counts findings that nobody has judged for 首页.
type FindingsWaiting struct{ Integrity Integrity }

// Waiting implements Waiting.
func (f FindingsWaiting) Waiting(ctx context.Context, of *identity.Staff) ([]Wait, error) {
	if !of.May(identity.JudgeFindings) {
		return nil, nil
	}
	n, err := f.Integrity.Count(ctx, integrity.Filter{State: integrity.Open, Bounds: integrity.Bounds(of.Bounds())}, mostWaiting)
	if err != nil || n == 0 {
		return nil, err
	}
	return []Wait{{Label: "异常线索待判断", Count: int64(n), Link: integrityPath + "?state=" + string(integrity.Open), Urgency: Calm}}, nil
}

// findingRow is a finding in the list.
type findingRow struct {
	integrity.Stored
	Link, KindName, StateName, PlaceName, DayName, Strong, Seen string
}

func (h *Handler) findingRow(f integrity.Stored) findingRow {
	return findingRow{
		Stored: f, Link: integrityPath + "/of/" + url.PathEscape(f.ID), KindName: f.Kind.Word(), StateName: f.State.Word(), PlaceName: h.placeName(f.Place),
		DayName: view.Day(beijing.DayStart(f.Day)), Strong: strongWord(f.Strength), Seen: seenWords(&f),
	}
}

// strongWord says how sure a finding is.
func strongWord(strength int) string {
	switch {
	case strength >= 100:
		return "很强"
	case strength >= 60:
		return "较强"
	}
	return "一般"
}

// placeName is the window and its hall, the hall, or the department.
func (h *Handler) placeName(p integrity.Place) string {
	switch {
	case p.Window != "":
		window, known := h.Halls.Window(p.Window)
		if !known {
			return h.hallName(p.Hall) + " " + p.Window
		}
		return h.hallName(window.HallCode) + " " + strings.TrimSpace(window.Number+"号窗口 "+window.Name)
	case p.Hall != "":
		return h.hallName(p.Hall)
	}
	return h.departmentName(p.Department)
}

// seenWords are a finding in one sentence.
func seenWords(f *integrity.Stored) string {
	e := &f.Evidence
	switch f.Kind {
	case integrity.Burst:
		if e.Dense {
			return fmt.Sprintf("%s至%s有%d条五星，%d分钟内最多%d条", e.From, e.To, f.Count, e.Minutes, e.Run)
		}
		return fmt.Sprintf("五星%d条，按平时和当天忙闲应是%s", f.Count, roughly(f.Expected, "条"))
	case integrity.Device:
		return fmt.Sprintf("一台设备上有%d人评价", f.Count)
	case integrity.Address:
		return fmt.Sprintf("一个网络地址上有%d人评价，按别处应是%s", f.Count, roughly(f.Expected, "人"))
	case integrity.Officer:
		return fmt.Sprintf("评价人的证件号码或手机号与工号%s的工作人员相同，%d条", e.WorkNo, f.Count)
	case integrity.Closed:
		if e.Holiday {
			return fmt.Sprintf("大厅不办公，现场评价%d条", f.Count)
		}
		return fmt.Sprintf("办公时间以外（%s至%s）现场评价%d条", e.From, e.To, f.Count)
	case integrity.Words:
		return fmt.Sprintf("%d人的评语雷同，按别处应是%s", f.Count, roughly(f.Expected, "人"))
	}
	return ""
}

// roughly is an estimate of so many.
func roughly(x float64, of string) string {
	if x < 1 {
		return "不到1" + of
	}
	return strconv.Itoa(int(x+0.5)) + of + "左右"
}

type findingsPage struct {
	Frame
	List
	Findings []findingRow
	Roster   bool // may tell officers' numbers
}

func (h *Handler) findingFilters(r *http.Request) Filters {
	var states, kinds []Choice
	for _, state := range integrity.States() {
		states = append(states, Choice{string(state), state.Word()})
	}
	for _, kind := range integrity.Kinds() {
		kinds = append(kinds, Choice{string(kind), kind.Word()})
	}
	filters := []Filter{
		{Name: "state", Label: "状态", Kind: ChoiceFilter, Choices: states},
		{Name: "kind", Label: "类型", Kind: ChoiceFilter, Choices: kinds},
		{Name: "from", Label: "评价日期从", Kind: DayFilter},
		{Name: "to", Label: "到", Kind: DayFilter},
	}
	filters = append(filters, h.unitFilters(staff(r))...)
	return readFilters(r, append(filters, Filter{Name: "serial", Label: "评价流水号", Most: 20})...)
}

// findingFilter is what a list is asked for; a place outside of one's scope is missing.
func (h *Handler) findingFilter(r *http.Request, f Filters) (integrity.Filter, error) {
	scope, within := staff(r).Narrow(f.Scope())
	if !within {
		return integrity.Filter{}, missing()
	}
	return integrity.Filter{
		Bounds: integrity.Bounds(scope.Bounds()), State: integrity.State(f.Get("state")), Kind: integrity.Kind(f.Get("kind")), From: f.Day("from"), To: f.Day("to"),
		Serial: strings.ToUpper(f.Get("serial")),
	}, nil
}

// findingKey is where a finding stands in the list, for the address; readFindingKey gives nil for what is none.
func findingKey(f *integrity.Stored) string { return f.ID }

func readFindingKey(key string) *integrity.Position {
	day, _, ok := strings.Cut(key, "-")
	n, err := strconv.Atoi(day)
	if !ok || err != nil {
		return nil
	}
	return &integrity.Position{Day: n, ID: key}
}

// listFindings is GET /console/integrity.
func (h *Handler) listFindings(w http.ResponseWriter, r *http.Request) error {
	filters, pager := h.findingFilters(r), readPager(r)
	filter, err := h.findingFilter(r, filters)
	if err != nil {
		return err
	}
	found, err := h.Integrity.Findings(r.Context(), filter, integrity.Page{After: readFindingKey(pager.After), Limit: PageSize + 1})
	if err != nil {
		return err
	}
	found, next := more(found, findingKey)
	page := findingsPage{
		Frame: h.frame(w, r, "异常线索"), List: newList(integrityPath, filters, pager, len(found), next, "没有发现异常。"), Roster: staff(r).May(identity.JudgeFindings),
	}
	if staff(r).May(identity.Export) {
		page.exports(integrityPath + "/export")
	}
	for i := range found {
		page.Findings = append(page.Findings, h.findingRow(found[i]))
	}
	return h.write(w, http.StatusOK, "integrity", page)
}

// exportFindings is GET /console/integrity/export.
func (h *Handler) exportFindings(w http.ResponseWriter, r *http.Request) error {
	filter, err := h.findingFilter(r, h.findingFilters(r))
	if err != nil {
		return err
	}
	columns := []string{"评价日期", "类型", "位置", "发现", "把握", "涉及评价数", "状态", "发现时间"}
	return h.export(w, r, "异常线索", columns, func(yield func([]string) error) error {
		page := integrity.Page{Limit: integrity.MostListed}
		for {
			found, err := h.Integrity.Findings(r.Context(), filter, page)
			if err != nil {
				return err
			}
			for i := range found {
				row := h.findingRow(found[i])
				err := yield([]string{
					row.DayName, row.KindName, row.PlaceName, row.Seen, row.Strong, strconv.Itoa(row.Concerned),
					row.StateName, view.Moment(row.FoundAt),
				})
				if err != nil {
					return err
				}
				page.After = found[i].Position()
			}
			if len(found) < page.Limit {
				return nil
			}
		}
	})
}

// channelWord is the name of a channel.
func channelWord(code string) string { return catalog.ChannelName(code) }
