package board

import (
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/figures"
)

// daysField is what a fault of days is called: a person chose them, in a form that says so.
const daysField = "日期"

// earliest is the first day that can be chosen: reviews begin with the specification (June 2019), older ones are possible.
const earliest = "2019-01-01"

// How a period is named in an address: from a day to another one, and 2026, 2026-10, 2026-Q3.
var (
	spanName   = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})-(\d{4})(\d{2})(\d{2})$`)
	byCalendar = regexp.MustCompile(`^\d{4}(-Q?\d{1,2})?$`)
)

// chosenDays are the days of the form, or of a period that names its days, as the form writes them; chosen is false for others.
func chosenDays(query url.Values) (from, to string, chosen bool) {
	if query.Has("from") || query.Has("to") {
		return query.Get("from"), query.Get("to"), true
	}
	if d := spanName.FindStringSubmatch(query.Get("period")); d != nil {
		return strings.Join(d[1:4], "-"), strings.Join(d[4:7], "-"), true
	}
	return "", "", false
}

// periodOfDays is the period from one day to another, or what is wrong with them.
func periodOfDays(from, to string, now time.Time) (name, wrong string) {
	switch {
	case from == "" && to == "":
		return "", "没有填开始日期和结束日期"
	case from == "":
		return "", "没有填开始日期"
	case to == "":
		return "", "没有填结束日期"
	case !isDay(from):
		return "", "开始日期不是真实的一天，应如 2026-11-01"
	case !isDay(to):
		return "", "结束日期不是真实的一天，应如 2026-11-01"
	case from > to:
		return "", "结束日期早于开始日期"
	}
	period, err := figures.ParsePeriod(strings.ReplaceAll(from, "-", "")+"-"+strings.ReplaceAll(to, "-", ""), now)
	if err != nil {
		return "", reasonOf(err)
	}
	return period.Name, ""
}

// isDay says whether there is such a day: 2026-02-31 is none.
func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// onlyDay is a day for a form's input, or nothing.
func onlyDay(text string) string {
	if isDay(text) {
		return text
	}
	return ""
}
