package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/haochaping/haochaping/internal/affair"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/web/view"
)

const sourcesPath = "/console/sources"

// SourceNeeds are what 已办同步 is made of; all but Configured are required.
type SourceNeeds struct {
	Affairs *affair.Service
	States  SourceStates
	// Configured are the names of the front databases that this process pulls, or would.
	Configured []string
	Uploads    Uploads

	uploading sync.Mutex // one list at a time: it is held in memory
}

// SourceStates tell how sources are doing.
type SourceStates interface {
	// Sources are the front databases that have ever been pulled.
	Sources(ctx context.Context) ([]affair.SourceState, error)
	// CountRefusalsBySource is how many rejected rows wait, by source.
	CountRefusalsBySource(ctx context.Context) (map[string]int, error)
	// AwaitedAgain says whether a source is to be read again and has not begun.
	AwaitedAgain(ctx context.Context, source string) (bool, error)
}

// sourceRoutes are the lines of 已办同步.
func (h *Handler) sourceRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{method: get, pattern: sourcesPath, action: identity.SeeSources, do: h.listSources},
		{method: get, pattern: sourcesPath + "/export", action: identity.Export, do: h.exportSources},
		{method: get, pattern: sourcesPath + "/upload", action: identity.ChangeSources, do: h.showUpload},
		{method: post, pattern: sourcesPath + "/upload", action: identity.ChangeSources, do: h.uploadAffairs, most: maxUpload + uploadRoom},
		{method: get, pattern: sourcesPath + "/of/{source}", action: identity.SeeSources, do: h.showSource},
		{method: get, pattern: sourcesPath + "/of/{source}/export", action: identity.Export, do: h.exportRejected},
		{method: post, pattern: sourcesPath + "/of/{source}/again", action: identity.ChangeSources, do: h.readSourceAgain},
	}
}

// sourceRow is a source in a list.
type sourceRow struct {
	Name, Link, Kind   string
	Condition, State   string // in words, and as the style sheet knows it
	Why                string // it fails
	Since              time.Time
	Reached            time.Time
	Lag                string
	New, Changed, Same int64
	Rejected           int64 // since the process began
	Waiting            int64 // rejected rows that wait
	Pulled             bool  // is a front database
}

func sourceLink(name string) string { return sourcesPath + "/of/" + url.PathEscape(name) }

// appSource begins the name of an app's source.
const appSource = "app:"

// sources are all sources that anything is known of, by name.
func (h *Handler) sources(ctx context.Context, of *identity.Staff) ([]sourceRow, error) {
	states, err := h.Sources.States.Sources(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := h.Sources.States.CountRefusalsBySource(ctx)
	if err != nil {
		return nil, err
	}
	var rows []sourceRow
	for _, name := range h.Sources.Configured {
		if !slices.ContainsFunc(states, func(s affair.SourceState) bool { return s.Source == name }) {
			states = append(states, affair.SourceState{Source: name})
		}
	}
	for _, s := range states {
		rows = append(rows, h.sourceRow(of, s))
	}
	for name := range waiting {
		if !slices.ContainsFunc(rows, func(r sourceRow) bool { return r.Name == name }) {
			rows = append(rows, sourceRow{Name: name, Link: sourceLink(name), Kind: yesNo(strings.HasPrefix(name, appSource), "应用报送", "表格导入")})
		}
	}
	for i := range rows {
		rows[i].Waiting = int64(waiting[rows[i].Name])
	}
	slices.SortFunc(rows, func(a, b sourceRow) int { return strings.Compare(a.Name, b.Name) })
	return rows, nil
}

func (h *Handler) sourceRow(of *identity.Staff, s affair.SourceState) sourceRow {
	now := h.Now()
	row := sourceRow{
		Name: s.Source, Link: sourceLink(s.Source), Kind: "前置库", Pulled: true, Reached: s.Reached, Since: s.FailingSince,
		New: s.New, Changed: s.Changed, Same: s.Same, Rejected: s.Rejected,
	}
	row.Condition, row.State = condition(&s, now)
	if s.Failing != "" {
		// Names of hosts and tables are for who looks after the whole.
		row.Why = yesNo(of.Seat == "", s.Failing, s.Brief)
	}
	if !s.Reached.IsZero() {
		row.Lag = lagName(now.Sub(s.Reached))
	}
	return row
}

// condition is how a source is doing, in words and as the style sheet knows it.
func condition(s *affair.SourceState, now time.Time) (words, state string) {
	switch {
	case s.Owner == "":
		return "还没有同步过", "disabled"
	case s.Failing != "":
		return "有故障", "failing"
	case now.Sub(s.NotedAt) > affair.Noted:
		return "没有程序在同步", "failing"
	case s.PulledAt.IsZero():
		return "第一次同步中", "waiting"
	default:
		return "正常", "active"
	}
}

// lagName is how far a source is behind, in words.
func lagName(lag time.Duration) string {
	switch {
	case lag < time.Minute:
		return "不到1分钟"
	case lag < time.Hour:
		return strconv.Itoa(int(lag.Minutes())) + "分钟"
	case lag < 48*time.Hour:
		return strconv.Itoa(int(lag.Hours())) + "小时"
	default:
		return strconv.Itoa(int(lag.Hours()/24)) + "天"
	}
}

type sourcesPage struct {
	Frame
	List
	Sources   []sourceRow
	MayChange bool
}

func sourceFilters(r *http.Request) Filters {
	return readFilters(r,
		Filter{Name: "text", Label: "来源名称", Most: 64},
		Filter{Name: "state", Label: "状态", Kind: ChoiceFilter, Choices: []Choice{{"failing", "有故障"}, {"rejected", "有未收的行"}}},
	)
}

func (h *Handler) filteredSources(r *http.Request, f Filters) ([]sourceRow, error) {
	rows, err := h.sources(r.Context(), staff(r))
	return slices.DeleteFunc(rows, func(s sourceRow) bool {
		return !strings.Contains(s.Name, f.Get("text")) || f.Get("state") == "failing" && s.State != "failing" || f.Get("state") == "rejected" && s.Waiting == 0
	}), err
}

// listSources is GET /console/sources.
func (h *Handler) listSources(w http.ResponseWriter, r *http.Request) error {
	filters, pager := sourceFilters(r), readPager(r)
	rows, err := h.filteredSources(r, filters)
	if err != nil {
		return err
	}
	key := func(s *sourceRow) string { return s.Name }
	rows, next := more(behind(rows, pager.After, key), key)
	page := sourcesPage{
		Frame: h.frame(w, r, "已办同步"), Sources: rows, MayChange: staff(r).May(identity.ChangeSources),
		List: newList(sourcesPath, filters, pager, len(rows), next, "还没有来源。前置库由技术人员在配置文件里登记；应用在“应用接入”里准许报送；表格可以在这里导入。"),
	}
	if staff(r).May(identity.Export) {
		page.exports(sourcesPath + "/export")
	}
	return h.write(w, http.StatusOK, "sources", page)
}

// exportSources is GET /console/sources/export?format=.
func (h *Handler) exportSources(w http.ResponseWriter, r *http.Request) error {
	if !staff(r).May(identity.SeeSources) {
		return errForbidden
	}
	rows, err := h.filteredSources(r, sourceFilters(r))
	if err != nil {
		return err
	}
	return h.export(w, r, "已办来源", []string{"来源", "种类", "状态", "原因", "已同步到", "新增", "更新", "不变", "拒收", "待改正"}, func(yield func([]string) error) error {
		for _, s := range rows {
			reached := ""
			if !s.Reached.IsZero() {
				reached = view.Moment(s.Reached)
			}
			err := yield([]string{
				s.Name, s.Kind, s.Condition, s.Why, reached, strconv.FormatInt(s.New, 10), strconv.FormatInt(s.Changed, 10), strconv.FormatInt(s.Same, 10),
				strconv.FormatInt(s.Rejected, 10), strconv.FormatInt(s.Waiting, 10),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// source finds the one that a route is about.
func (h *Handler) source(r *http.Request) (sourceRow, error) {
	rows, err := h.sources(r.Context(), staff(r))
	if err != nil {
		return sourceRow{}, err
	}
	for _, row := range rows {
		if row.Name == r.PathValue("source") {
			return row, nil
		}
	}
	return sourceRow{}, missing()
}

// readSourceAgain is POST /console/sources/of/{source}/again.
func (h *Handler) readSourceAgain(w http.ResponseWriter, r *http.Request) error {
	s, err := h.source(r)
	if err != nil {
		return err
	}
	if !s.Pulled {
		return missing()
	}
	if !sure(r) {
		return h.confirm(w, r, Confirmation{
			Title: "从头再读 " + s.Name, Send: "从头再读", Cancel: s.Link,
			Happens: []string{"下一轮同步从来源的第一行读起，已有的办件不会重复，变了的会更新", "数据多时要读很久，期间会加重来源库的负担", "读完以前，新办结的办件会晚一些到"},
		})
	}
	if err := h.Sources.Affairs.ReadAgain(r.Context(), s.Name); err != nil {
		return err
	}
	return h.done(w, r, s.Link, "下一轮同步会从头读起。")
}

// SourcesWaiting says on 首页 which sources fail.
type SourcesWaiting struct {
	States SourceStates
	Now    func() time.Time
}

// Waiting implements the console's Waiting.
func (s SourcesWaiting) Waiting(ctx context.Context, of *identity.Staff) ([]Wait, error) {
	if !of.May(identity.SeeSources) {
		return nil, nil
	}
	states, err := s.States.Sources(ctx)
	if err != nil {
		return nil, err
	}
	failing := int64(0)
	for i := range states {
		if _, state := condition(&states[i], s.Now()); state == "failing" {
			failing++
		}
	}
	if failing == 0 {
		return nil, nil
	}
	return []Wait{{Label: "同步有故障的来源", Count: failing, Link: sourcesPath + "?state=failing", Urgency: Overdue}}, nil
}
