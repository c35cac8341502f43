package board

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/figures"
	"github.com/haochaping/haochaping/internal/org"
)

// state is what the board shows; an address holds it, so that a link shows the same. It is comparable.
type state struct {
	region  string // 12 digits
	period  string // a name that figures.ParsePeriod takes
	entity  string // empty is all
	channel string // empty is all
	by      string // who is ranked: one of subjects
	fair    bool   // ranked by the fair rank
	all     bool   // every row of the ranking
	embed   bool   // in a frame of another site
	block   string // one block alone; empty is the whole board
}

// Prefix begins every address of the board.
const Prefix = "/ping/board"

// subject is who can be ranked in public: no officers, no single person.
type subject struct {
	name    string // in addresses and of the table to download
	rank    figures.Subject
	title   string
	what    string // head of the column of names
	byLevel bool   // title, what and what is said of nobody depend on the region
}

// subjects are in the order of their tabs; the first is shown when nobody says.
var subjects = []subject{
	{"regions", figures.Regions, "下级区划", "区划", true},
	{"departments", figures.Departments, "本级部门", "部门", false},
	{"alldepartments", figures.AllDepartments, "全部部门", "部门", false},
	{"halls", figures.Halls, "大厅", "大厅", false},
}

// standardPeriod is shown when nobody says.
const standardPeriod = figures.DefaultPeriod

// parseState reads an address's query. What it does not know is a violation each.
func (h *Handler) parseState(query url.Values) (state, error) {
	s, wrongs := h.readState(query)
	if len(wrongs) > 0 {
		return state{}, fault.NewInvalid(wrongs...)
	}
	return s, nil
}

// readState is the state of what is right in an address, and what is wrong in it.
func (h *Handler) readState(query url.Values) (s state, wrongs []fault.Violation) {
	s = state{
		region: h.Root, period: standardPeriod, by: subjects[0].name,
		fair: query.Get("rank") == "fair", all: query.Get("show") == "all", embed: query.Get("embed") == "1",
	}
	fail := func(field, reason string) { wrongs = append(wrongs, fault.Violation{Field: field, Reason: reason}) }
	if code := query.Get("region"); code != "" {
		full, _ := org.NormalizeRegion(code)
		if region, known := h.Registry.Region(full); known { // under a code that was given up, the one that counts now
			s.region = region.Code
		} else {
			fail("region", "应为一个已登记区划的 12 位编码，如 "+h.Root)
		}
	}
	if from, to, chosen := chosenDays(query); chosen {
		if name, wrong := periodOfDays(from, to, h.Now()); wrong != "" {
			fail(daysField, wrong)
		} else {
			s.period = name
		}
	} else if period, err := figures.ParsePeriod(query.Get("period"), h.Now()); err != nil {
		fail("period", reasonOf(err))
	} else {
		s.period = period.Name
	}
	oneOf := func(field, otherwise string, known func(string) bool) (value string) {
		if value = query.Get(field); value != "" && !known(value) {
			fail(field, otherwise)
			return ""
		}
		return value
	}
	word := func(field string, words ...string) {
		oneOf(field, "应为 "+strings.Join(words, " 或 ")+"，或不写", func(value string) bool { return slices.Contains(words, value) })
	}
	s.entity = h.Entities.Code(oneOf("entity", "应为评价对象编码："+strings.Join(entityCodes(h.Entities.Current()), "、"), h.Entities.Known))
	s.channel = oneOf("channel", "应为渠道编码："+strings.Join(channelCodes(), "、"), catalog.KnownChannel)
	known := func(by string) bool { return subjectOf(by) != nil }
	s.by = cmp.Or(oneOf("by", "应为 regions、departments、alldepartments 或 halls", known), s.by)
	word("rank", "official", "fair")
	word("show", "all")
	word("embed", "1")
	s.block = oneOf("block", "应为 "+strings.Join(BlockNames(), "、"), func(block string) bool { return slices.Contains(BlockNames(), block) })
	return s, wrongs
}

// reasonOf says what would be right, as a fault of a single field says it.
func reasonOf(err error) string {
	if f, ok := asFault(err); ok && len(f.Violations) > 0 {
		return f.Violations[0].Reason
	} else if ok {
		return f.Message
	}
	return "读不懂"
}

// values writes the state for an address; what is as when nobody says is left out, so that a state has one address.
func (s state) values(root string) url.Values {
	values := url.Values{}
	set := func(name, value, standard string) {
		if value != standard {
			values.Set(name, value)
		}
	}
	flag := func(name string, on bool, value string) {
		if on {
			values.Set(name, value)
		}
	}
	set("region", s.region, root)
	set("period", s.period, standardPeriod)
	set("entity", s.entity, "")
	set("channel", s.channel, "")
	set("by", s.by, subjects[0].name)
	flag("rank", s.fair, "fair")
	flag("show", s.all, "all")
	flag("embed", s.embed, "1")
	set("block", s.block, "")
	return values
}

// address is the address below Prefix that shows the state.
func (h *Handler) address(below string, s state) string {
	if query := s.values(h.Root).Encode(); query != "" {
		return Prefix + below + "?" + query
	}
	return Prefix + below
}

// page is the address of the whole board with the same filters: where links lead, out of frames too.
func (h *Handler) page(s state) string {
	s.embed, s.block = false, ""
	return h.address("", s)
}

// scope is what figures are about in this state, and in the period that it is compared with.
func (s state) scope(now time.Time) (scope, before figures.Scope, period figures.Period, err error) {
	if period, err = figures.ParsePeriod(s.period, now); err != nil {
		return scope, before, period, err
	}
	scope = figures.Scope{Region: s.region, Span: period.Span, Entity: s.entity, Channel: s.channel}
	before = scope
	before.Span = period.Before().Span
	return scope, before, period, nil
}

func subjectOf(name string) *subject {
	for i := range subjects {
		if subjects[i].name == name {
			return &subjects[i]
		}
	}
	return nil
}

func channelCodes() (all []string) {
	for _, c := range catalog.Channels() {
		all = append(all, c.Code)
	}
	return all
}

func entityCodes(entities []catalog.Entity) (all []string) {
	for _, e := range entities {
		all = append(all, e.Code)
	}
	return all
}
