package console

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/setting"
	"github.com/haochaping/haochaping/internal/web/view"
)

// SettingNeeds are what 系统设置 is made of.
type SettingNeeds struct {
	*setting.Service
	// Fixed are what only the operator can set, without secrets.
	Fixed []Fixed
}

// Fixed is something that the operator set when he started the program.
type Fixed struct {
	Title, Value string
	Flag         string // what it is set by
}

const (
	settingsPath       = "/console/settings"
	settingsChangePath = settingsPath + "/change"
	settingHistoryPath = settingsPath + "/history"
)

func (h *Handler) settingRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{method: get, pattern: settingsPath, action: identity.SeeSettings, do: h.showSettings},
		{method: get, pattern: settingsChangePath, action: identity.ChangeSettings, do: h.editSettings},
		{method: post, pattern: settingsChangePath, action: identity.ChangeSettings, do: h.changeSettings},
		{method: get, pattern: settingHistoryPath, action: identity.SeeSettings, do: h.listSettings},
		{method: get, pattern: settingHistoryPath + "/export", action: identity.Export, do: h.exportSettings},
	}
}

// settingRow is a setting as the page shows it.
type settingRow struct {
	Title, Hint, Value string
	Begin              string // the operator's, where it is another
	Here               bool   // set here
}

type settingsPage struct {
	Frame
	Settings []settingRow
	Last     setting.Version
	Fixed    []Fixed // for who sees everything
	May      bool    // change
}

// showSettings is GET /console/settings.
func (h *Handler) showSettings(w http.ResponseWriter, r *http.Request) error {
	if err := h.Settings.Refresh(r.Context()); err != nil {
		return err
	}
	now, begin, last := h.Settings.Values(), h.Settings.Begin(), h.Settings.Last()
	page := settingsPage{Frame: h.frame(w, r, "系统设置"), Last: last, May: staff(r).May(identity.ChangeSettings)}
	page.Last.Actor = h.staffName(r.Context(), last.Actor)
	for _, k := range setting.Kinds() {
		row := settingRow{Title: k.Title, Hint: k.Hint, Value: k.Words(k.Of(&now)), Begin: k.Words(k.Of(&begin))}
		_, row.Here = last.Set[k.Name]
		page.Settings = append(page.Settings, row)
	}
	if staff(r).Scope == (identity.Scope{}) {
		page.Fixed = h.Settings.Fixed
	}
	return h.write(w, http.StatusOK, "settings", page)
}

// settingChange is a version as the history shows it.
type settingChange struct {
	setting.Version
	Differences []setting.Difference
	Again       string // where it is set again; empty for who may not, and for what counts now
	Now         bool   // it counts
}

type settingHistoryPage struct {
	Frame
	List
	Changes []settingChange
}

func settingFilters(r *http.Request) Filters {
	return readFilters(r, Filter{Name: "actor", Label: "修改人账号", Most: 128}, Filter{Name: "from", Label: "从", Kind: DayFilter}, Filter{Name: "to", Label: "到", Kind: DayFilter})
}

func settingQuery(f Filters, after string, limit int) setting.Query {
	before, err := small(after)
	if err != nil || before < 1 {
		before = 0 // the first page
	}
	return setting.Query{Actor: f.Get("actor"), From: f.From("from"), To: f.To("to"), Before: before, Limit: limit}
}

func settingKey(v *setting.Version) string { return strconv.Itoa(v.Number) }

// listSettings is GET /console/settings/history.
func (h *Handler) listSettings(w http.ResponseWriter, r *http.Request) error {
	filters, pager := settingFilters(r), readPager(r)
	found, err := h.Settings.Versions(r.Context(), settingQuery(filters, pager.After, PageSize+1))
	if err != nil {
		return err
	}
	found, next := more(found, settingKey)
	page := settingHistoryPage{Frame: h.frame(w, r, "设置的修改记录"), List: newList(settingHistoryPath, filters, pager, len(found), next, "还没有修改过设置，全部按启动参数。")}
	if staff(r).May(identity.Export) {
		page.exports(settingHistoryPath + "/export")
	}
	last, name := h.Settings.Last().Number, h.staffNames(r.Context())
	for i := range found {
		found[i].Actor = name(found[i].Actor)
		change := settingChange{Version: found[i], Differences: h.Settings.Differences(found[i].Former, found[i].Set), Now: found[i].Number == last}
		if staff(r).May(identity.ChangeSettings) && found[i].Number < last {
			change.Again = fmt.Sprint(settingsChangePath, "?as=", found[i].Number)
		}
		page.Changes = append(page.Changes, change)
	}
	return h.write(w, http.StatusOK, "setting-history", page)
}

// exportSettings is GET /console/settings/history/export?format=: a row for each setting that was changed.
func (h *Handler) exportSettings(w http.ResponseWriter, r *http.Request) error {
	filters := settingFilters(r)
	columns := []string{"版本", "时间", "修改人", "设置", "从", "到", "原因"}
	return h.export(w, r, "系统设置修改记录", columns, func(yield func([]string) error) error {
		for after := ""; ; {
			found, err := h.Settings.Versions(r.Context(), settingQuery(filters, after, setting.MaxPage))
			if err != nil || len(found) == 0 {
				return err
			}
			for i := range found {
				v := &found[i]
				for _, d := range h.Settings.Differences(v.Former, v.Set) {
					if err := yield([]string{strconv.Itoa(v.Number), view.Moment(v.At), v.Actor, d.Kind.Title, d.Was, d.Is, v.Reason}); err != nil {
						return err
					}
				}
			}
			after = settingKey(&found[len(found)-1])
		}
	})
}
