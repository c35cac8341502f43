package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/integrator"
	"github.com/haochaping/haochaping/internal/review"
	"github.com/haochaping/haochaping/internal/web/view"
)

const reviewsPath = "/console/reviews"

// ReviewPages are what the pages of reviews are made of.
type ReviewPages struct {
	Finder   ReviewFinder
	Entities *catalog.EntitySet
	Tags     *catalog.Tags
	// Apps are all apps, by code.
	Apps func(ctx context.Context) ([]integrator.App, error)
}

// ReviewFinder finds reviews and shows them masked; review.Finder does.
type ReviewFinder interface {
	Search(ctx context.Context, q review.Query, words string, viewer review.Viewer) (review.SeenPage, error)
	Look(ctx context.Context, serial string, viewer review.Viewer) (review.Seen, error)
	Reveal(ctx context.Context, serial, field, reason string, viewer review.Viewer) (review.Field, string, error)
}

// validityNames say whether a review counts.
var validityNames = map[review.Validity]string{review.Counting: "有效", review.Unverified: "待核验", review.Withdrawn: "已撤销"}

// reviewRow is a review in a list.
type reviewRow struct {
	review.Seen
	Link, What, Unit, ChannelName, ValidityName string
	Name, Remark                                string // masked
}

func (h *Handler) reviewRow(s review.Seen) reviewRow {
	return reviewRow{
		Seen: s, Link: reviewLink(s.Serial), What: h.reviewWhat(&s), Unit: h.reviewUnit(&s), ChannelName: catalog.ChannelName(s.Channel),
		ValidityName: validityNames[s.Validity], Name: s.Masked("userName"), Remark: s.Masked(review.RemarkField),
	}
}

func reviewLink(serial string) string { return reviewsPath + "/of/" + url.PathEscape(serial) }

// reviewWhat is what a review is about in a line.
func (h *Handler) reviewWhat(s *review.Seen) string {
	return cmp.Or(s.ItemName, h.Reviews.Entities.Name(s.EntityCode))
}

// reviewUnit is whom it is about in a line: the window, or the department.
func (h *Handler) reviewUnit(s *review.Seen) string {
	if s.HallCode != "" {
		return h.hallName(s.HallCode) + h.windowName(s.WindowCode)
	}
	if name := h.departmentName(s.DepartmentCode); name != s.DepartmentCode {
		return name
	}
	return cmp.Or(s.DepartmentName, s.DepartmentCode, h.Registry.RegionName(s.Region))
}

// windowName is how people call a window of a hall that is named before.
func (h *Handler) windowName(code string) string {
	if window, known := h.Halls.Window(code); known {
		return " " + window.Number + "号窗口"
	}
	return ""
}

type reviewsPage struct {
	Frame
	List
	Reviews []reviewRow
	// Lead says which time is shown when nobody chose one.
	Lead string
	// Cut says that not all was looked at: 后一页 goes on.
	Cut bool
}

// usualDays is how far back is searched when nobody says.
const usualDays = 30

// reviewFilters are the filters of the list; a person who is bounded to a unit chooses none of its kind.
func (h *Handler) reviewFilters(r *http.Request) (Filters, error) {
	of := staff(r)
	var stars, channels, apps, tags, windows []Choice
	stars = append(stars, Choice{"bad", "差评（1、2星）"})
	for n := 5; n >= 1; n-- {
		stars = append(stars, Choice{strconv.Itoa(n), strconv.Itoa(n) + "星 " + catalog.StarName(n)})
	}
	for _, c := range catalog.Channels() {
		channels = append(channels, Choice{c.Code, c.Name})
	}
	all, err := h.Reviews.Apps(r.Context())
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		apps = append(apps, Choice{a.Code, cmp.Or(a.Name, a.Code)})
	}
	apps = append(apps, Choice{integrator.Pages, ownPages})
	for _, tag := range h.Reviews.Tags.For("", 0) {
		tags = append(tags, Choice{tag.ID, strconv.Itoa(tag.Stars) + "星 " + tag.Name})
	}
	hall := cmp.Or(of.Hall, r.URL.Query().Get("hall"))
	for _, w := range h.Halls.WindowsOf(hall) {
		windows = append(windows, Choice{w.Code, w.Number + "号 " + w.Name})
	}
	filters := []Filter{
		{Name: "from", Label: "评价日期从", Kind: DayFilter},
		{Name: "to", Label: "到", Kind: DayFilter},
		{Name: "stars", Label: "星级", Kind: ChoiceFilter, Choices: stars},
	}
	choose := func(wanted bool, name, label string, choices []Choice) {
		if wanted {
			filters = append(filters, Filter{Name: name, Label: label, Kind: ChoiceFilter, Choices: choices})
		}
	}
	near := nearer(of, r)
	choose(of.Hall == "", "region", "区划", h.regionsFor(of))
	choose(of.Department == "", "department", "部门", h.departmentsFor(near))
	choose(of.Hall == "", "hall", "大厅", h.hallsFor(near))
	choose(len(windows) > 0, "window", "窗口", windows)
	choose(true, "tag", "标签", tags)
	choose(true, "channel", "渠道", channels)
	choose(len(apps) > 1, "app", "应用", apps)
	choose(true, "state", "状态", []Choice{{"1", "有效"}, {"2", "待核验"}, {"3", "已撤销"}})
	choose(true, "data", "数据", []Choice{{"orphan", "没有对应的办件"}, {"doubtful", "存疑"}})
	filters = append(filters, Filter{Name: "number", Label: "流水号或办件编号"}, Filter{Name: "text", Label: "评价内容含", Most: 20})
	return readFilters(r, filters...), nil
}

// nearer is a person bounded by the region that he chose: so that units to choose are few.
func nearer(of *identity.Staff, r *http.Request) *identity.Staff {
	near := *of
	if chosen, ok := of.Narrow(identity.Scope{Region: r.URL.Query().Get("region")}); ok {
		near.Scope = chosen
	}
	return &near
}

// reviewQuery is what the filters ask for, within the person's scope.
func (h *Handler) reviewQuery(of *identity.Staff, f Filters) (review.Query, error) {
	scope, ok := of.Narrow(f.Scope())
	if !ok {
		return review.Query{}, missing()
	}
	bounds := scope.Bounds()
	q := review.Query{
		RegionFrom: bounds.RegionFrom, RegionTo: bounds.RegionTo, Department: bounds.Department, Hall: bounds.Hall, Window: f.Get("window"),
		Tag: f.Get("tag"), Channel: f.Get("channel"), App: f.Get("app"), Orphan: f.Get("data") == "orphan", Doubtful: f.Get("data") == "doubtful", Number: strings.ToUpper(f.Get("number")), From: f.From("from"), To: f.To("to"),
	}
	if _, serial := review.SlotOfSerial(q.Number); !serial {
		q.Number = f.Get("number")
	}
	if q.From.IsZero() && q.To.IsZero() && q.Number == "" {
		q.From = beijing.DayStart(beijing.AddDays(beijing.Day(h.Now()), 1-usualDays))
	}
	if q.Bad = f.Get("stars") == "bad"; !q.Bad {
		q.Stars, _ = small(f.Get("stars"))
	}
	state, _ := small(f.Get("state"))
	q.Validity = review.Validity(state)
	return q, nil
}

// positionKey writes a place in the list for the address, readPosition reads it; what can't be read is the first page.
func positionKey(p *review.Position) string {
	return strconv.FormatInt(p.EvalTime.UnixMicro(), 10) + "." + p.Serial
}

func readPosition(key string) *review.Position {
	at, serial, _ := strings.Cut(key, ".")
	micros, err := strconv.ParseInt(at, 10, 64)
	if _, ours := review.SlotOfSerial(serial); err != nil || !ours {
		return nil
	}
	return &review.Position{EvalTime: time.UnixMicro(micros), Serial: serial}
}

// listReviews is GET /console/reviews.
func (h *Handler) listReviews(w http.ResponseWriter, r *http.Request) error {
	filters, err := h.reviewFilters(r)
	if err != nil {
		return err
	}
	pager := readPager(r)
	q, err := h.reviewQuery(staff(r), filters)
	if err != nil {
		return err
	}
	q.After, q.Limit = readPosition(pager.After), PageSize+1
	found, err := h.Reviews.Finder.Search(r.Context(), q, filters.Get("text"), viewerOf(staff(r)))
	if err != nil {
		return err
	}
	rows, next := more(found.Seen, func(s *review.Seen) string { return positionKey(s.Position()) })
	if found.Cut && next == "" {
		next = positionKey(found.Next)
	}
	found.Seen = rows
	page := reviewsPage{
		Frame: h.frame(w, r, "评价"), Cut: found.Cut, List: newList(reviewsPath, filters, pager, len(found.Seen), next, "近30天没有评价。"),
	}
	switch {
	case found.Cut:
		page.Empty = "看过的评价里没有符合条件的，还没有看完。"
	case filters.From("from").IsZero() && filters.To("to").IsZero() && q.Number == "":
		page.Lead = "这里是近30天的评价。要看更早的，请选择起止日期。"
	}
	if staff(r).May(identity.Export) {
		page.exports(reviewsPath + "/export")
	}
	for _, s := range found.Seen {
		page.Reviews = append(page.Reviews, h.reviewRow(s))
	}
	return h.write(w, http.StatusOK, "reviews", page)
}

// exportReviews is GET /console/reviews/export?format=: what the list shows, masked.
func (h *Handler) exportReviews(w http.ResponseWriter, r *http.Request) error {
	filters, err := h.reviewFilters(r)
	if err != nil {
		return err
	}
	q, err := h.reviewQuery(staff(r), filters)
	if err != nil {
		return err
	}
	q.Limit = 1000
	columns := []string{
		"评价流水号", "评价时间", "星级", "评价", "标签", "评价对象", "事项", "编号", "区划", "部门", "大厅", "窗口", "工号", "渠道", "应用", "状态", "评价人", "联系电话", "证件号码", "评价内容",
	}
	return h.export(w, r, "评价", columns, func(yield func([]string) error) error {
		for {
			found, err := h.Reviews.Finder.Search(r.Context(), q, filters.Get("text"), viewerOf(staff(r)))
			if err != nil {
				return err
			}
			for i := range found.Seen {
				if err := yield(h.exportedReview(&found.Seen[i])); err != nil {
					return err
				}
			}
			if q.After = found.Next; q.After == nil {
				return nil
			}
		}
	})
}

func (h *Handler) exportedReview(s *review.Seen) []string {
	row := h.reviewRow(*s)
	hall, window := "", ""
	if s.HallCode != "" {
		hall, window = h.hallName(s.HallCode), strings.TrimSpace(h.windowName(s.WindowCode))
	}
	return []string{
		s.Serial, view.Moment(s.EvalTime), strconv.Itoa(s.Stars), catalog.StarName(s.Stars), strings.Join(h.tagNames(s.Tags), "；"),
		h.Reviews.Entities.Name(s.EntityCode), s.ItemName, s.Subject, h.Registry.RegionName(s.Region), cmp.Or(s.DepartmentName, h.departmentName(s.DepartmentCode)),
		hall, window, s.WorkNo, row.ChannelName, appCode(s.AppCode), row.ValidityName, row.Name, s.Masked("contactPhone"), s.Masked("certificateNo"), row.Remark,
	}
}

func (h *Handler) tagNames(tags []string) (names []string) {
	for _, id := range tags {
		names = append(names, h.Reviews.Tags.Name(id))
	}
	return names
}

// reviewRoutes are what answers below /console/reviews.
func (h *Handler) reviewRoutes() []route {
	return []route{
		{method: http.MethodGet, pattern: reviewsPath, action: identity.SeeReviews, do: h.listReviews},
		{method: http.MethodGet, pattern: reviewsPath + "/export", action: identity.Export, do: h.exportReviews},
		{method: http.MethodGet, pattern: reviewsPath + "/of/{review}", action: identity.SeeReviews, do: h.showReview},
		{method: http.MethodPost, pattern: reviewsPath + "/of/{review}/unmask", action: identity.UnmaskReview, do: h.unmaskReview},
	}
}
