package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/identity"
)

// Kinds of filters; a text is the one without a kind.
const (
	ChoiceFilter = "choice" // one of Choices
	DayFilter    = "day"    // yyyy-mm-dd
)

// Filter is something a list can be filtered by; its value stands in the address under Name.
type Filter struct {
	Name, Label string
	Kind        string
	Choices     []Choice // without the one for everything
	Suggest     []Choice // offered while a text is typed; its name, where one alone has it, stands for its value
	None        string   // what a list shows where nothing is chosen; empty is 全部
	Most        int      // characters of a text; 0 is 50
	Value       string   // as readFilters found it; empty filters nothing
}

// text is the value in words, for the chip.
func (f *Filter) text() string {
	for _, choice := range slices.Concat(f.Choices, f.Suggest) {
		if choice.Value == f.Value {
			return choice.Text
		}
	}
	return f.Value
}

const usualMost = 50

// readFilters reads filters from the address. What can't be (another choice, no day, too long a text) filters nothing.
func readFilters(r *http.Request, filters ...Filter) Filters {
	query := r.URL.Query()
	for i := range filters {
		f := &filters[i]
		if f.Most == 0 {
			f.Most = usualMost
		}
		value := strings.TrimSpace(query.Get(f.Name))
		if !f.takes(value) {
			value = ""
		}
		f.Value = f.meant(value)
	}
	return filters
}

// meant is the value of what was typed: a name's, where one alone has it.
func (f *Filter) meant(typed string) string {
	value := typed
	for _, choice := range f.Suggest {
		switch {
		case choice.Value == typed:
			return typed
		case choice.Text == typed && value != typed:
			return typed // two have it
		case choice.Text == typed:
			value = choice.Value
		}
	}
	return value
}

func (f *Filter) takes(value string) bool {
	switch f.Kind {
	case ChoiceFilter:
		for _, choice := range f.Choices {
			if choice.Value == value {
				return true
			}
		}
		return false
	case DayFilter:
		_, err := time.Parse(time.DateOnly, value)
		return err == nil
	default:
		return utf8.ValidString(value) && utf8.RuneCountInString(value) <= f.Most && !strings.ContainsRune(value, 0)
	}
}

// Filters are those of a list.
type Filters []Filter

// Get is the value of a filter; empty where it is not set.
func (f Filters) Get(name string) string {
	for _, filter := range f {
		if filter.Name == name {
			return filter.Value
		}
	}
	return ""
}

// Day is a filter's day as yyyymmdd; 0 where it is not set.
func (f Filters) Day(name string) int {
	day, err := small(strings.ReplaceAll(f.Get(name), "-", ""))
	if err != nil {
		return 0
	}
	return day
}

// From is the first moment of a filter's day, To the first moment after it; zero where it is not set.
func (f Filters) From(name string) time.Time {
	if day := f.Day(name); day != 0 {
		return beijing.DayStart(day)
	}
	return time.Time{}
}

// To is the first moment after a filter's day; zero where it is not set.
func (f Filters) To(name string) time.Time {
	if day := f.Day(name); day != 0 {
		return beijing.DayStart(beijing.AddDays(day, 1))
	}
	return time.Time{}
}

// Scope is the place that a list is asked for, by the filters of unitFilters.
func (f Filters) Scope() identity.Scope {
	return identity.Scope{Region: f.Get("region"), Department: f.Get("department"), Hall: f.Get("hall")}
}

// query are those that are set, for an address.
func (f Filters) query() url.Values {
	values := url.Values{}
	for _, filter := range f {
		if filter.Value != "" {
			values.Set(filter.Name, filter.Value)
		}
	}
	return values
}

// Keyset paging in the address: after is the key of the last row before this page, back are the keys of earlier pages, so that
// one goes back without the store reading backwards.
const (
	afterName = "after"
	backName  = "back"
	backSign  = "~" // stands in no key
	maxKey    = 100
	maxBack   = 30 // pages; further back it goes to the first
	// PageSize is how many rows a page of a list has; ask the store for one more.
	PageSize = 50
)

// Pager is where in a list a page is.
type Pager struct {
	// After is the key of the row before; empty on the first page.
	After string
	back  []string
}

// readPager reads it from the address.
func readPager(r *http.Request) Pager {
	query := r.URL.Query()
	p := Pager{After: query.Get(afterName)}
	if len(p.After) > maxKey || strings.Contains(p.After, backSign) {
		return Pager{}
	}
	if text := query.Get(backName); text != "" && len(text) <= maxBack*(maxKey+1) {
		p.back = strings.Split(text, backSign)
	}
	return p
}

// List is a list on a page: its filters, chips, paging. Its templates are "list-head" and "list-foot"; the rows between them are
// the page's own.
type List struct {
	Path    string
	Filters Filters
	Chips   []chip
	// Newer and Older are the addresses of the pages before and after this one; empty where there is none.
	Newer, Older string
	// CSV and XLSX are the addresses of the exports; empty where the person may not.
	CSV, XLSX string
	// Empty is what an empty list says; Filtered lists say that nothing fits.
	Empty string
	Rows  int
}

type chip struct{ Label, Value, Without string }

// newList makes the list of a page at path. rows is how many there are on it, next the key of its last row when there are more
// after it, else empty. empty is what it says when there is nothing at all.
func newList(path string, filters Filters, p Pager, rows int, next, empty string) List {
	l := List{Path: path, Filters: filters, Rows: rows, Empty: empty}
	at := func(query url.Values) string {
		if len(query) == 0 {
			return path
		}
		return path + "?" + query.Encode()
	}
	for _, f := range filters {
		if f.Value != "" {
			query := filters.query()
			query.Del(f.Name)
			l.Chips = append(l.Chips, chip{f.Label, f.text(), at(query)})
		}
	}
	if p.After != "" {
		query := filters.query()
		if n := len(p.back); n > 0 {
			set(query, afterName, p.back[n-1])
			set(query, backName, strings.Join(p.back[:n-1], backSign))
		}
		l.Newer = at(query)
	}
	if next != "" {
		query := filters.query()
		set(query, afterName, next)
		back := p.back
		if p.After != "" {
			back = append(slices.Clip(back), p.After)
		}
		set(query, backName, strings.Join(back[max(0, len(back)-maxBack):], backSign))
		l.Older = at(query)
	}
	if len(l.Chips) > 0 {
		l.Empty = "没有符合条件的记录，请放宽条件再试。"
	}
	if to := filters.Day("to"); to != 0 && to < filters.Day("from") {
		l.Empty = "结束日期早于开始日期，请改选日期。"
	}
	return l
}

func set(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}

// exports offers the list as files at path.
func (l *List) exports(path string) {
	query := l.Filters.query()
	query.Set(formatName, csvFormat)
	l.CSV = path + "?" + query.Encode()
	query.Set(formatName, xlsxFormat)
	l.XLSX = path + "?" + query.Encode()
}

// more cuts rows of which one more than PageSize was asked for, and says the key of the last when there are more.
func more[T any](rows []T, key func(*T) string) (page []T, next string) {
	if len(rows) <= PageSize {
		return rows, ""
	}
	return rows[:PageSize], key(&rows[PageSize-1])
}
