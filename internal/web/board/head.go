package board

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
)

// offered are the periods that have a link.
var offered = []string{"today", "7d", "30d", "month", "quarter", "year"}

func (w *work) head() (any, error) {
	h := Head{
		Block: w.around("head", ""), Region: w.name(ofRegion, w.region),
		Period: w.period.Title(), Compared: w.compared(),
		Days: w.h.daysForm(w.state, w.now),
	}
	h.Days.Out = w.embed
	h.Days.From, h.Days.To = dashed(w.period.Span.From), dashed(w.period.Span.To)
	h.Frame = "" // it is of no use without the rest
	for _, place := range org.Ancestors(w.region) {
		if w.crumb(place.Code) {
			code := place.Code
			h.Crumbs = append(h.Crumbs, Link{w.name(ofRegion, code), w.to(func(s *state) { s.region = code }), code == w.region})
		}
	}
	w.name(ofChildren, w.region)
	for _, child := range w.regionsBelow() {
		h.Below = append(h.Below, Link{Text: w.name(ofRegion, child), Address: w.to(func(s *state) { s.region = child })})
	}
	for _, name := range offered {
		period, err := figures.ParsePeriod(name, w.now)
		if err != nil {
			return nil, fmt.Errorf("period %s: %w", name, err)
		}
		h.Periods = append(h.Periods, Link{period.Title(), w.to(func(s *state) { s.period = name }), name == w.state.period})
	}
	h.Own = !slices.ContainsFunc(h.Periods, func(l Link) bool { return l.Here })
	if span := w.period.Span.Title(); span != h.Period {
		h.Span = span
	}
	w.filters(&h)
	h.Paper = w.onPaper()
	return h, nil
}

// onPaper says what was filtered by and how it was ranked.
func (w *work) onPaper() string {
	entity, channel, rule := "全部", "全部", rules[0]
	if w.state.entity != "" {
		entity = w.name(ofEntity, w.state.entity)
	}
	if w.state.channel != "" {
		channel = catalog.ChannelName(w.state.channel)
	}
	if w.fair {
		rule = rules[1]
	}
	return "评价对象：" + entity + "；渠道：" + channel + "；" + w.subjectTitle(subjectOf(w.by)) + rule
}

// compared says to what a change is: 较前30天, and of a month, quarter or year that was asked for by its own name, 较2026年9月.
func (w *work) compared() string {
	before := w.period.Before()
	switch {
	case spanName.MatchString(w.period.Name) && w.period.Days() == 1:
		return "较前一天"
	case byCalendar.MatchString(w.period.Name) && byCalendar.MatchString(before.Name):
		return "较" + before.Title()
	}
	return w.period.BeforeTitle()
}

// daysForm is the form for days of one's own, with all other filters.
func (h *Handler) daysForm(s state, now time.Time) DaysForm {
	form := DaysForm{Action: Prefix, Earliest: earliest, Latest: dashed(beijing.Day(now))}
	s.period, s.embed, s.block = standardPeriod, false, ""
	for name, values := range s.values(h.Root) {
		form.Hidden = append(form.Hidden, Field{name, values[0]})
	}
	slices.SortFunc(form.Hidden, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return form
}

// filters fills in the links for evaluation objects and channels.
func (w *work) filters(h *Head) {
	option := func(links *[]Link, text, code, chosen string, set func(*state, string)) {
		*links = append(*links, Link{text, w.to(func(s *state) { set(s, code) }), code == chosen})
		if code != "" && code == chosen {
			h.Chosen = append(h.Chosen, Link{Text: text, Address: w.to(func(s *state) { set(s, "") })})
		}
	}
	entity := func(s *state, code string) { s.entity = code }
	option(&h.Entities, "全部", "", w.state.entity, entity)
	w.name(ofEntities, "")
	for _, e := range w.registers.entities.Current() {
		option(&h.Entities, w.name(ofEntity, e.Code), e.Code, w.state.entity, entity)
	}
	channel := func(s *state, code string) { s.channel = code }
	option(&h.Channels, "全部", "", w.state.channel, channel)
	for _, c := range catalog.Channels() {
		option(&h.Channels, c.Name, c.Code, w.state.channel, channel)
	}
}

// crumb says whether one can go up to a region: what lies above the platform's own is not shown, unless one is outside of it.
func (w *work) crumb(code string) bool {
	if _, known := w.registers.regions.Region(code); !known {
		return false
	}
	from, to := org.Range(w.h.Root)
	inside := from <= w.region && w.region < to
	return !inside || from <= code && code < to
}

// regionsBelow are the codes of the regions right below.
func (w *work) regionsBelow() (below []string) {
	for _, child := range w.registers.regions.Children(w.region) {
		if !child.Pending {
			below = append(below, child.Code)
		}
	}
	return below
}

// dashed writes a day as the input of a form takes it.
func dashed(day int) string {
	text := strconv.Itoa(day)
	return text[:4] + "-" + text[4:6] + "-" + text[6:]
}

// clock is how the time of a review is written: of another year than this with the year.
func clock(t, now time.Time) string {
	t = t.In(beijing.Zone)
	if t.Year() != now.In(beijing.Zone).Year() {
		return t.Format("2006年1月2日 15:04")
	}
	return t.Format("1月2日 15:04")
}

// zones end the names of those of which nothing sensible is left without 区; 清新区 is a district.
var zones = []string{"开发区", "合作区", "管理区", "保护区", "试验区", "示范区", "工业区", "园区"}

// short is a region's name without its kind: 广州.
func short(name string) string {
	ends := func(zone string) bool { return strings.HasSuffix(name, zone) }
	if slices.ContainsFunc(zones, ends) || ends("新区") && len([]rune(name)) > 3 {
		return name
	}
	for _, kind := range []string{"省", "市", "区", "县", "镇", "街道", "乡"} {
		if cut, found := strings.CutSuffix(name, kind); found && len([]rune(cut)) >= 2 {
			return cut
		}
	}
	return name
}
