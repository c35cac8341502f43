package e2e

import (
	"cmp"
	"testing"
	"time"

	"github.com/haochaping/haochaping/client"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/sample"
)

// boardTown is a province whose reviews came through the interface: three cities, one of which has too few.
type boardTown struct {
	*server
	house *house
	app   app
	made  *sample.Generator
}

// Departments of cities and a county, by their credit codes.
const (
	guangzhouOffice = "11440100007482532N"
	tianheOffice    = "11440106007482532N"
	shenzhenOffice  = "11440300007482532N"
	shantouOffice   = "11440500007482532N"
)

// buildBoardTown serves reviews of today and of the days before: 36 of 广州, of which 5 are bad, 32 of 深圳, all good, and
// 3 of 汕头.
func buildBoardTown(t *testing.T, arguments ...string) *boardTown {
	t.Helper()
	h := onSQLite(t)
	w := &boardTown{house: h, app: h.register(t, "board")}
	w.made = sample.New(5, sample.Options{AppCode: w.app.Code, BadShare: -1})
	w.server = h.serve(t, arguments...)
	now := time.Now()
	for i := range 71 {
		at := now.Add(-time.Duration(i) * time.Second)
		if i%4 == 0 {
			at = at.AddDate(0, 0, -1-i%20)
		}
		switch {
		case i < 5:
			w.review(t, tianheOffice, 1, at)
		case i < 20:
			w.review(t, tianheOffice, 5, at)
		case i < 36:
			w.review(t, guangzhouOffice, 4, at)
		case i < 68:
			w.review(t, shenzhenOffice, 5, at)
		default:
			w.review(t, shantouOffice, 5, at)
		}
	}
	return w
}

// review sends one of a completed affair of a department.
func (w *boardTown) review(t *testing.T, office string, stars int, at time.Time) {
	t.Helper()
	message := w.made.Affair(at)
	message.EvalEntityCode = "egovAffair"
	message.Department = client.Department{DepartmentCode: office, DepartmentName: cmp.Or(officeNames[office], "市政务服务局")}
	message.Affair.AffairCode = office + "3442014001000"
	message.GeneralStars = stars
	message.TagList = client.TagList{{TagID: map[int]string{1: "108", 4: "406", 5: "510"}[stars]}}
	if _, err := w.client(w.app).SubmitAffair(t.Context(), message); err != nil {
		t.Fatal(err)
	}
}

var officeNames = map[string]string{
	guangzhouOffice: "广州市政务服务局", tianheOffice: "广州市天河区政务服务局", shenzhenOffice: "深圳市政务服务局", shantouOffice: "汕头市政务服务局",
}

// rows are the names in the ranking, in its order.
func (b *tab) rows() []string {
	b.t.Helper()
	return ask[[]string](b, `[...document.querySelectorAll("#ranking table.ranking:not(.few) tbody th")].map(e => e.innerText.trim())`)
}

// shown is the figure of a card, such as 评价数.
func (b *tab) shown(card string) string {
	b.t.Helper()
	return ask[string](b, `[...document.querySelectorAll(".card")].find(c => c.querySelector("h3").innerText === "`+card+`").querySelector(".value").innerText`)
}

// choose opens a menu of the board's head and follows one of its links.
func (b *tab) choose(menu, text string) {
	b.t.Helper()
	b.tap(`[data-key="` + menu + `"] > summary`)
	b.link(`[data-key="`+menu+`"]`, text)
}

// link follows the link with that text within an element.
func (b *tab) link(within, text string) {
	b.t.Helper()
	address := ask[string](b, `[...document.querySelectorAll('`+within+` a')].find(a => a.innerText.replace(/\s/g, "") === "`+text+`").getAttribute("href")`)
	if status := b.follow(touch(within + ` a[href="` + address + `"]`)); status != 0 && status != 200 {
		b.t.Fatalf("%s leads to status %d", text, status)
	}
}

// day is one as addresses write it, some days before today.
func day(before int) string {
	return beijing.DayStart(beijing.AddDays(beijing.Day(time.Now()), -before)).Format("2006-01-02")
}

// rankedToo sends enough reviews of a department to have its city ranked.
func (w *boardTown) rankedToo(t *testing.T, office string) {
	t.Helper()
	for range 30 {
		w.review(t, office, 5, time.Now())
	}
}
