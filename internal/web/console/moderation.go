package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/identity"
	"github.com/haochaping/haochaping/internal/moderation"
	"github.com/haochaping/haochaping/internal/web/view"
)

const moderationPath = "/console/moderation"

// ModerationNeeds are what 内容审核 and 词表 are made of.
type ModerationNeeds struct {
	Moderation
	Entities *catalog.EntitySet
	// Mode is how remarks are published now.
	Mode func() moderation.Mode
}

// Moderation decides what of remarks is public; moderation.Service does.
type Moderation interface {
	Waiting(ctx context.Context, filter moderation.Filter, page moderation.Page) ([]moderation.Item, error)
	Count(ctx context.Context, filter moderation.Filter, most int) (int, error)
	Item(ctx context.Context, serial string, bounds moderation.Bounds) (moderation.Item, []moderation.Decided, error)
	Decide(ctx context.Context, by moderation.Actor, serial string, version int, choice moderation.Choice, reason string) error
	Words(ctx context.Context) ([]moderation.WordList, error)
	WordList(ctx context.Context, version int) (moderation.WordList, error)
	NewVersion(ctx context.Context, actor, words, note string) (version int, err error)
	Activate(ctx context.Context, version int) error
}

// ModerationWaiting counts what waits to be moderated for 首页.
type ModerationWaiting struct{ Moderation Moderation }

// mostWaiting is how far 首页 counts.
const mostWaiting = 1000

// Waiting implements Waiting.
func (m ModerationWaiting) Waiting(ctx context.Context, of *identity.Staff) ([]Wait, error) {
	if !of.May(identity.Moderate) {
		return nil, nil
	}
	n, err := m.Moderation.Count(ctx, moderation.Filter{Bounds: moderation.Bounds(of.Bounds())}, mostWaiting)
	if err != nil || n == 0 {
		return nil, err
	}
	return []Wait{{Label: "评价内容待审核", Count: int64(n), Link: moderationPath, Urgency: Calm}}, nil
}

// remarkRow is a remark in the list.
type remarkRow struct {
	moderation.Item
	Link, What, Place, StateName string
	Parts                        []moderation.Piece
}

type moderationPage struct {
	Frame
	List
	Remarks []remarkRow
	Lead    string
}

// modeWords say how remarks are published.
var modeWords = map[moderation.Mode]string{
	moderation.Before:         "含电话、证件号码、姓名的评价内容自动遮盖后公开；含词表中的词的，在这里由人审核后才公开。",
	moderation.Strict:         "每条评价内容都由人审核后才公开。",
	moderation.OffPublication: "现在的设置是所有评价内容都不公开；审核结果会保存，设置改变后生效。",
}

func (h *Handler) moderationFilters(r *http.Request) Filters {
	var stars []Choice
	for n := 5; n >= 1; n-- {
		stars = append(stars, Choice{strconv.Itoa(n), catalog.StarName(n)})
	}
	filters := []Filter{
		{
			Name: "state", Label: "状态", Kind: ChoiceFilter, None: moderation.Waiting.String(),
			Choices: []Choice{{"masked", moderation.Masked.String()}, {"withheld", moderation.Withheld.String()}},
		},
		{Name: "stars", Label: "星级", Kind: ChoiceFilter, Choices: stars},
		{Name: "from", Label: "收到日期从", Kind: DayFilter},
		{Name: "to", Label: "到", Kind: DayFilter},
	}
	filters = append(filters, h.unitFilters(staff(r))...)
	return readFilters(r, append(filters, Filter{Name: "serial", Label: "流水号", Most: 20})...)
}

// moderationFilter is what a list is asked for; a place outside of one's scope is missing.
func (h *Handler) moderationFilter(r *http.Request, f Filters) (moderation.Filter, error) {
	scope, within := staff(r).Narrow(f.Scope())
	if !within {
		return moderation.Filter{}, missing()
	}
	filter := moderation.Filter{
		State: moderation.Waiting, Bounds: moderation.Bounds(scope.Bounds()), From: f.From("from"), To: f.To("to"),
	}
	switch f.Get("state") {
	case "masked":
		filter.State = moderation.Masked
	case "withheld":
		filter.State = moderation.Withheld
	}
	if stars := f.Get("stars"); stars != "" {
		filter.Stars = int(stars[0] - '0')
	}
	return filter, nil
}

// findRemarks lists remarks; of a serial number the one that has it, whatever its state unless one was chosen.
func (h *Handler) findRemarks(ctx context.Context, filters Filters, filter moderation.Filter, page moderation.Page) ([]moderation.Item, error) {
	serial := strings.ToUpper(filters.Get("serial"))
	if serial == "" {
		return h.Moderation.Waiting(ctx, filter, page)
	}
	item, _, err := h.Moderation.Item(ctx, serial, filter.Bounds)
	at := item.ReceivedAt
	switch {
	case isMissing(err):
		return nil, nil
	case err != nil:
		return nil, err
	case filters.Get("state") != "" && item.Publication.State != filter.State, filter.Stars != 0 && item.Stars != filter.Stars,
		!filter.From.IsZero() && at.Before(filter.From), !filter.To.IsZero() && !at.Before(filter.To):
		return nil, nil
	}
	return []moderation.Item{item}, nil
}

// remarkKey is where a remark stands in the list, for the address; readRemarkKey gives nil for what is none.
func remarkKey(item *moderation.Item) string {
	return fmt.Sprintf("%d.%s", item.ReceivedAt.UnixMicro(), item.Serial)
}

func readRemarkKey(key string) *moderation.Position {
	micros, serial, ok := strings.Cut(key, ".")
	at, err := strconv.ParseInt(micros, 10, 64)
	if !ok || err != nil {
		return nil
	}
	return &moderation.Position{ReceivedAt: time.UnixMicro(at), Serial: serial}
}

// listModeration is GET /console/moderation.
func (h *Handler) listModeration(w http.ResponseWriter, r *http.Request) error {
	filters, pager := h.moderationFilters(r), readPager(r)
	filter, err := h.moderationFilter(r, filters)
	if err != nil {
		return err
	}
	found, err := h.findRemarks(r.Context(), filters, filter, moderation.Page{After: readRemarkKey(pager.After), Limit: PageSize + 1})
	if err != nil {
		return err
	}
	found, next := more(found, remarkKey)
	page := moderationPage{
		Frame: h.frame(w, r, "内容审核"), List: newList(moderationPath, filters, pager, len(found), next, "没有等待审核的评价内容。"),
		Lead: modeWords[h.Moderation.Mode()],
	}
	if staff(r).May(identity.Export) {
		page.exports(moderationPath + "/export")
	}
	for i := range found {
		page.Remarks = append(page.Remarks, h.remarkRow(&found[i]))
	}
	return h.write(w, http.StatusOK, "moderation", page)
}

func remarkLink(serial string) string { return moderationPath + "/" + url.PathEscape(serial) }

func (h *Handler) remarkRow(item *moderation.Item) remarkRow {
	row := remarkRow{
		Item: *item, Link: remarkLink(item.Serial), What: item.ItemName, StateName: item.Publication.State.String(), Parts: item.Pieces(),
	}
	if row.What == "" {
		row.What = h.Moderation.Entities.Name(item.EntityCode)
	}
	switch {
	case item.HallCode != "":
		row.Place = h.hallName(item.HallCode)
	case item.DepartmentCode != "":
		row.Place = h.departmentName(item.DepartmentCode)
	default:
		row.Place = h.Registry.RegionName(item.RegionCode)
	}
	return row
}

// exportModeration is GET /console/moderation/export: as on the page, with what identifies somebody masked.
func (h *Handler) exportModeration(w http.ResponseWriter, r *http.Request) error {
	filters := h.moderationFilters(r)
	filter, err := h.moderationFilter(r, filters)
	if err != nil {
		return err
	}
	columns := []string{"流水号", "收到时间", "星级", "评价的事项", "单位", "状态", "评价内容（个人信息已遮盖）"}
	return h.export(w, r, "内容审核", columns, func(yield func([]string) error) error {
		page := moderation.Page{Limit: moderation.MostListed}
		for {
			found, err := h.findRemarks(r.Context(), filters, filter, page)
			if err != nil {
				return err
			}
			for i := range found {
				row := h.remarkRow(&found[i])
				var said strings.Builder
				for _, part := range row.Parts {
					said.WriteString(part.Text)
				}
				err := yield([]string{
					row.Serial, view.Moment(row.ReceivedAt), strconv.Itoa(row.Stars), row.What, row.Place, row.StateName, said.String(),
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
