package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/web/view"
)

const appsPath = "/console/apps"

// AppNeeds are what 应用接入 is made of; all are required.
type AppNeeds struct {
	Apps     *integrator.Service
	Diary    *integrator.Diary
	Checker  *integrator.Checker
	Entities *catalog.EntitySet
	Reviews  AppReviews
	// Rate is how many calls a second an app may make that has no rate of its own; 0 is without limit.
	Rate float64
}

// AppReviews counts the reviews that apps sent; figures.Service does.
type AppReviews interface {
	ReviewsUnder(ctx context.Context, dimension figures.Dimension, codes []string) (map[string]int64, error)
}

// appRoutes are the lines of 应用接入.
func (h *Handler) appRoutes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{method: get, pattern: appsPath, action: identity.SeeApps, do: h.listApps},
		{method: get, pattern: appsPath + "/export", action: identity.Export, do: h.exportApps},
		{method: get, pattern: appsPath + "/new", action: identity.ChangeApps, do: h.newApp},
		{method: post, pattern: appsPath + "/new", action: identity.ChangeApps, do: h.createApp},
		{method: get, pattern: appsPath + "/check", action: identity.SeeApps, do: h.showCheck},
		{method: post, pattern: appsPath + "/check", action: identity.SeeApps, do: h.checkSignature},
		{method: get, pattern: appsPath + "/unknown", action: identity.SeeApps, do: h.unknownCallers},
		{method: get, pattern: appsPath + "/of/{app}", action: identity.SeeApps, do: h.showApp},
		{method: get, pattern: appsPath + "/of/{app}/change", action: identity.ChangeApps, do: h.editApp},
		{method: post, pattern: appsPath + "/of/{app}/change", action: identity.ChangeApps, do: h.changeApp},
		{method: post, pattern: appsPath + "/of/{app}/rotate", action: identity.ChangeApps, do: h.rotateApp},
		{method: post, pattern: appsPath + "/of/{app}/finish", action: identity.ChangeApps, do: h.finishApp},
		{method: post, pattern: appsPath + "/of/{app}/state", action: identity.ChangeApps, do: h.setAppState},
	}
}

// appRow is an app in a list. It holds no secret.
type appRow struct {
	Code, Name, PaasID, Link string
	Entities                 []string // names
	Affairs, Disabled        bool
	Digest, SignedCode       bool
	Rate                     string
	Rotating                 bool
	State, StateName         string
	Version                  int
	Taken, Refused           int64 // calls of today
}

func appLink(code string) string { return appsPath + "/of/" + url.PathEscape(code) }

func (h *Handler) appRow(a *integrator.Stored) appRow {
	row := appRow{
		Code: a.Code, Name: a.Name, PaasID: a.PaasID, Link: appLink(a.Code), Affairs: a.Affairs, Disabled: a.Disabled, Digest: a.RequireDigest,
		SignedCode: a.RequireSignedCode, Rate: h.rateName(a.Rate), Rotating: a.Keys() > 1, Version: a.Version, State: "active", StateName: "启用",
	}
	for _, entity := range a.Entities {
		row.Entities = append(row.Entities, h.Apps.Entities.Name(entity))
	}
	if a.Disabled {
		row.State, row.StateName = "disabled", "已停用"
	}
	return row
}

// rateName is a limit of calls in words.
func (h *Handler) rateName(own int) string {
	switch {
	case own > 0:
		return "每秒 " + strconv.Itoa(own) + " 次"
	case h.Apps.Rate > 0:
		return "每秒 " + strconv.FormatFloat(h.Apps.Rate, 'f', -1, 64) + " 次（平台统一）"
	default:
		return "不限"
	}
}

type appsPage struct {
	Frame
	List
	Apps      []appRow
	MayChange bool
	Unknown   int64 // calls of nobody in particular today
}

func (h *Handler) appFilters(r *http.Request) Filters {
	var entities []Choice
	for _, e := range h.Apps.Entities.All() {
		entities = append(entities, Choice{e.Code, e.Name})
	}
	return readFilters(r,
		Filter{Name: "text", Label: "应用编码、名称或 paasid", Most: 64},
		Filter{Name: "entity", Label: "评价对象", Kind: ChoiceFilter, Choices: entities},
		Filter{Name: "state", Label: "状态", Kind: ChoiceFilter, Choices: []Choice{{"active", "启用"}, {"disabled", "已停用"}, {"rotating", "换钥中"}}},
	)
}

// filteredApps are the apps that filters leave, by code.
func (h *Handler) filteredApps(r *http.Request, f Filters) ([]integrator.Stored, error) {
	apps, err := h.Apps.Apps.All(r.Context())
	if err != nil {
		return nil, err
	}
	text := strings.ToLower(f.Get("text"))
	return slices.DeleteFunc(apps, func(a integrator.Stored) bool {
		state := f.Get("state")
		switch {
		case text != "" && !strings.Contains(strings.ToLower(a.Code+"\n"+a.Name+"\n"+a.PaasID), text):
		case f.Get("entity") != "" && !a.Given(f.Get("entity")):
		case state == "active" && a.Disabled, state == "disabled" && !a.Disabled, state == "rotating" && a.Keys() < 2:
		default:
			return false
		}
		return true
	}), nil
}

// behind are those of a list that is ordered by a key which come behind one, one more than a page has.
func behind[T any](list []T, after string, key func(*T) string) []T {
	at, found := slices.BinarySearchFunc(list, after, func(one T, after string) int { return strings.Compare(key(&one), after) })
	if found {
		at++
	}
	return list[at:min(len(list), at+PageSize+1)]
}

// listApps is GET /console/apps.
func (h *Handler) listApps(w http.ResponseWriter, r *http.Request) error {
	filters, pager := h.appFilters(r), readPager(r)
	apps, err := h.filteredApps(r, filters)
	if err != nil {
		return err
	}
	counts, err := h.Apps.Diary.Today(r.Context())
	if err != nil {
		return err
	}
	key := func(a *integrator.Stored) string { return a.Code }
	apps, next := more(behind(apps, pager.After, key), key)
	page := appsPage{
		Frame: h.frame(w, r, "应用接入"), MayChange: staff(r).May(identity.ChangeApps),
		List: newList(appsPath, filters, pager, len(apps), next, "还没有应用。业务系统要报送评价，先在这里新建应用，取得密钥。"),
	}
	if staff(r).May(identity.Export) {
		page.exports(appsPath + "/export")
	}
	for i := range apps {
		row := h.appRow(&apps[i])
		row.Taken, row.Refused = answered(counts, row.Code)
		page.Apps = append(page.Apps, row)
	}
	_, page.Unknown = answered(counts, "")
	return h.write(w, http.StatusOK, "apps", page)
}

// answered are how many calls of an app were taken and refused.
func answered(counts []integrator.Count, app string) (taken, refused int64) {
	for _, c := range counts {
		switch {
		case c.App != app:
		case c.Code == 0:
			taken += c.Times
		default:
			refused += c.Times
		}
	}
	return taken, refused
}

// exportApps is GET /console/apps/export?format=.
func (h *Handler) exportApps(w http.ResponseWriter, r *http.Request) error {
	if !staff(r).May(identity.SeeApps) {
		return errForbidden
	}
	apps, err := h.filteredApps(r, h.appFilters(r))
	if err != nil {
		return err
	}
	columns := []string{"应用编码", "名称", "paasid", "评价对象", "报送办件", "请求体签名", "二维码签名", "调用上限", "密钥", "状态"}
	return h.export(w, r, "应用", columns, func(yield func([]string) error) error {
		for i := range apps {
			row := h.appRow(&apps[i])
			err := yield([]string{
				row.Code, row.Name, row.PaasID, strings.Join(row.Entities, "、"), yesNo(row.Affairs, "准许", "不准许"),
				yesNo(row.Digest, "必须", "不要求"), yesNo(row.SignedCode, "必须", "不要求"), row.Rate, yesNo(row.Rotating, "换钥中", "一个"), row.StateName,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func yesNo(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// codeNames are the envelope's codes in words (contract.md 2).
var codeNames = []struct {
	code int
	name string
}{{0, "成功"}, {2, "参数不合法"}, {3, "验签失败"}, {-1, "失败"}}

type codeCount struct {
	Code  int
	Name  string
	Times int64
}

// refusalRow is a refusal as people read it.
type refusalRow struct {
	integrator.Refusal
	Path, CodeName, Advice string
}

type appPage struct {
	Frame
	App       appRow
	MayChange bool
	Counts    []codeCount
	Refusals  []refusalRow
	Quality   appQuality
}

// appQuality is how good the data of an app's reviews is (contract.md 4): how many count, and of how many it is doubtful.
type appQuality struct{ Reviews, Doubtful int64 }

// Rate is 存疑率 in per cent, empty where there is no review.
func (q appQuality) Rate() string {
	if q.Reviews == 0 {
		return ""
	}
	return view.Decimal(100 * float64(q.Doubtful) / float64(q.Reviews))
}

func (h *Handler) qualityOf(ctx context.Context, app string) (q appQuality, err error) {
	for dimension, to := range map[figures.Dimension]*int64{figures.App: &q.Reviews, figures.FlaggedApp: &q.Doubtful} {
		counts, err := h.Apps.Reviews.ReviewsUnder(ctx, dimension, []string{app})
		if err != nil {
			return appQuality{}, err
		}
		*to = counts[app]
	}
	return q, nil
}

func refusalRows(list []integrator.Refusal) (rows []refusalRow) {
	for i := range list {
		row := refusalRow{Refusal: list[i], Path: "/ping/ebus/" + list[i].Interface, Advice: list[i].Advice()}
		for _, c := range codeNames {
			if c.code == row.Code {
				row.CodeName = c.name
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// showApp is GET /console/apps/of/{app}.
func (h *Handler) showApp(w http.ResponseWriter, r *http.Request) error {
	app, err := h.Apps.Apps.Get(r.Context(), r.PathValue("app"))
	if err != nil {
		return err
	}
	counts, err := h.Apps.Diary.Today(r.Context())
	if err != nil {
		return err
	}
	refusals, err := h.Apps.Diary.Refusals(r.Context(), app.Code)
	if err != nil {
		return err
	}
	quality, err := h.qualityOf(r.Context(), app.Code)
	if err != nil {
		return err
	}
	page := appPage{
		Frame: h.frame(w, r, app.Name), App: h.appRow(app), MayChange: staff(r).May(identity.ChangeApps), Refusals: refusalRows(refusals),
		Quality: quality,
	}
	for _, c := range codeNames {
		count := codeCount{Code: c.code, Name: c.name}
		for _, one := range counts {
			if one.App == app.Code && one.Code == c.code {
				count.Times = one.Times
			}
		}
		page.Counts = append(page.Counts, count)
	}
	return h.write(w, http.StatusOK, "app", page)
}

type unknownPage struct {
	Frame
	Refusals []refusalRow
}

// unknownCallers is GET /console/apps/unknown: what was refused to callers whom nobody knows.
func (h *Handler) unknownCallers(w http.ResponseWriter, r *http.Request) error {
	refusals, err := h.Apps.Diary.Refusals(r.Context(), "")
	if err != nil {
		return err
	}
	return h.write(w, http.StatusOK, "unknown-callers", unknownPage{h.frame(w, r, "未识别的调用"), refusalRows(refusals)})
}
