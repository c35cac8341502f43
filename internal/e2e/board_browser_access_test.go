package e2e

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
)

// boardSight is the board as a person may find it.
type boardSight struct{ name, path, open string }

// boardSights are states of the board: a path, and what is opened on it.
func boardSights() []boardSight {
	return []boardSight{
		{"province", "/ping/board", ""},
		{"city, fair, filtered", "/ping/board?region=" + guangzhou + "&period=year&entity=egovAffair&rank=fair", ""},
		{"departments", "/ping/board?by=alldepartments", ""},
		{"empty", "/ping/board?period=2024-02", ""},
		{"definitions", "/ping/board", `[data-key="ranking-how"]`},
		{"frame's code", "/ping/board", `[data-key="tiles-frame"]`},
		{"days", "/ping/board", `[data-key="days"]`},
		{"channels", "/ping/board", `[data-key="channels-filter"]`},
		{"tables", "/ping/board", `[data-key="trend-data"]`},
		{"one block", "/ping/board/embed/trend", ""},
		{"the figures alone", "/ping/board/embed/figures?channel=portal&region=" + guangzhou, ""},
		{"fault", "/ping/board?period=ever", ""},
		{"the public interface", "/ping/openapi.html", ""},
		{"the public interface, fields", "/ping/openapi.html", "#portal ~ .one details:last-child"},
		{"fault of days", "/ping/board?from=2026-11-02&to=2026-11-01&region=" + guangzhou, ""},
	}
}

// Every state keeps to WCAG 2.2 AA and to what axe calls good practice, in both themes, both type sizes and at every width;
// nothing sticks out of the screen.
func TestTheBoardIsAccessible(t *testing.T) {
	t.Parallel()
	source := axe(t)
	w := buildBoardTown(t, "--environment", "test")
	b := tabOn(t, w.url, phone)
	for n, s := range boardSights() {
		t.Run(s.name, func(t *testing.T) {
			b.t = t
			b.resize(phone)
			b.dark(false)
			b.open(s.path)
			if s.open != "" {
				b.tap(s.open + " > summary")
			}
			check := func(how string, rules ...string) {
				for _, c := range b.complaints(source, rules...) {
					if s.open != "" && c.ID == "target-size" {
						continue // what a small window covers in part is not to be pressed before it is closed
					}
					t.Errorf("%s: %s: %s", how, c.ID, c.Help)
					for _, node := range c.Nodes {
						t.Logf("%s\n%s", node.HTML, node.FailureSummary)
					}
				}
			}
			check("all rules")
			for _, screen := range []size{phone, tablet, desktop, wall} {
				b.resize(screen)
				for _, large := range []bool{true, false} {
					b.large(large)
					ask[string](b, `(document.querySelector("[data-ago]") ?? {}).textContent = "59分钟前更新"`) // nowhere is it longer
					if wide := b.width(int(screen.width)); wide > int(screen.width) {
						t.Errorf("%d wide, large %v: the page is %d wide: %q", screen.width, large, wide, b.outside())
					}
					if n := ask[int](b, brokenTiles); n > 0 {
						t.Errorf("%d wide, large %v: the best score has no room on one line of %d tiles", screen.width, large, n)
					}
				}
				if screen == desktop && s.open == "" && ask[bool](b, partedCards) {
					t.Errorf("%d wide: a long ranking parts the cards beside it", screen.width)
				}
				if screen == tablet || screen != desktop && n > 0 {
					continue // its style is that of the first, which is looked at everywhere
				}
				dark := screen != desktop || n > 0 // on the telephone it was light before
				b.dark(dark)
				check(fmt.Sprintf("%d wide, dark %v", screen.width, dark), styled...)
			}
		})
		b.t = t
	}
}

// On the narrowest telephone names and heads of the ranking stay on one line, and changes within their cards, in large type too.
func TestTheBoardHasRoomOnATelephone(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, phone)
	for _, path := range []string{"/ping/board", "/ping/board?rank=fair", "/ping/board?by=alldepartments"} {
		b.open(path)
		for _, large := range []bool{false, true} {
			b.large(large)
			for _, broken := range ask[[]string](b, brokenWords) {
				t.Errorf("%s, large %v: %s", path, large, broken)
			}
		}
	}
}

// brokenWords are short names and heads of the ranking on more than one line, and cards that the longest change touches.
const brokenWords = `(() => {
	const broken = []
	for (const cell of document.querySelectorAll("#ranking .ranking thead th, #ranking .ranking tbody th")) {
		const range = document.createRange()
		if (cell.querySelector("wbr") || cell.textContent.length > 3 || !cell.checkVisibility()) continue
		range.selectNodeContents(cell.querySelector("a") ?? cell)
		if (new Set([...range.getClientRects()].filter(r => r.width).map(r => Math.round(r.top / 8))).size > 1) broken.push(cell.textContent + " is broken")
	}
	for (const change of document.querySelectorAll(".card .whole")) {
		const told = change.textContent, card = change.closest(".card")
		change.textContent = "▼ −100.00个百分点"
		if (change.getBoundingClientRect().right > card.getBoundingClientRect().right - parseFloat(getComputedStyle(card).paddingRight)) broken.push(card.querySelector("h3").textContent + ": a change touches the card's edge")
		change.textContent = told
	}
	return broken })()`

// partedCards says whether the cards beside a ranking stand apart when it is long.
const partedCards = `(() => {
	const [ranking, tiles, stars] = ["ranking", "tiles", "stars"].map(id => document.getElementById(id))
	if (!ranking || !tiles || !stars) return false
	ranking.style.minHeight = "3000px"
	const apart = stars.getBoundingClientRect().top - tiles.getBoundingClientRect().bottom
	const empty = tiles.getBoundingClientRect().height > 1000
	ranking.style.minHeight = ""
	return apart > 24 || empty
})()`

// brokenTiles counts the tiles in which the longest score, 10.00, is broken or sticks out.
const brokenTiles = `[...document.querySelectorAll("#tiles .tile a")].filter(tile => {
	const score = tile.querySelector(".score"), told = score.textContent
	score.textContent = "10.00"
	const broken = tile.scrollWidth > tile.clientWidth || score.getBoundingClientRect().height > 1.6 * parseFloat(getComputedStyle(score).fontSize)
	score.textContent = told
	return broken
}).length`

// settling is how long charts may take to follow the size of their window on a loaded machine.
const settling = 30 * time.Second

// width is how wide the page is once it is no wider than it may be; when it stays wider, how wide it stays.
func (b *tab) width(most int) int {
	b.t.Helper()
	for deadline := time.Now().Add(settling); ; {
		wide := ask[int](b, `document.documentElement.scrollWidth`)
		if wide <= most || time.Now().After(deadline) {
			return wide
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// On a wall of 1920 x 1080 everything that counts is on one screen.
func TestTheBoardFitsAWall(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	for _, city := range []string{"02", "04", "06", "07", "08", "09", "12", "13", "14", "15", "16", "17", "18", "19", "20", "51", "52", "53"} {
		w.rankedToo(t, "1144"+city+"00007482532N")
	}
	for _, screen := range []size{wall, {2560, 1440, false}, {3840, 2160, false}} {
		b := tabOn(t, w.url, screen)
		b.open("/ping/board")
		if got := len(b.rows()); got < 20 {
			t.Fatalf("%d cities are ranked", got)
		}
		for _, part := range []string{
			"#figures .card:last-child", "#tiles .legend", "#ranking tbody tr:last-child", "#stars tr:last-child", "#channels tr:last-child", "#entities tr:last-child",
			"#hours .drawing", "#praised", "#complained", "#trend .legend", "#newest li:nth-child(3)",
		} {
			if bottom := ask[float64](b, `document.querySelector("`+part+`").getBoundingClientRect().bottom`); bottom > float64(screen.height) {
				t.Errorf("%d wide: %s ends at %.0f, below the screen", screen.width, part, bottom)
			}
		}
		want := 14 * float64(screen.width) / float64(wall.width) // what can be read from as many screens' heights away
		if got := ask[float64](b, `parseFloat(getComputedStyle(document.querySelector("#ranking td")).fontSize)`); math.Abs(got-want) > 0.1 {
			t.Errorf("%d wide: type of %.1f px, want %.1f", screen.width, got, want)
		}
	}
}

// A screen that hangs upright stretches nothing: its tiles are tiles, and no block is mostly blank.
func TestTheBoardOnATallWall(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	for _, screen := range []size{{1080, 1920, false}, {2160, 3840, false}} {
		b := tabOn(t, w.url, screen)
		b.open("/ping/board")
		if tall := ask[float64](b, `Math.max(...[...document.querySelectorAll(".tile")].map((t) => t.offsetHeight / t.offsetWidth))`); tall > 1 {
			t.Errorf("%d x %d: a tile is %.1f times as high as wide", screen.width, screen.height, tall)
		}
		if high := ask[float64](b, `document.querySelector("#complained").offsetHeight`); high > 600 {
			t.Errorf("%d x %d: a block of ten lines is %.0f high", screen.width, screen.height, high)
		}
	}
}

// Everything is reached and worked by keyboard alone.
func TestTheBoardByKeyboard(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, desktop)
	b.open("/ping/board")
	b.press(kb.Tab)
	if got := ask[string](b, `document.activeElement.innerText`); got != "跳到正文" {
		t.Errorf("the first stop is %q", got)
	}
	focused := func() string { return ask[string](b, `document.activeElement.closest("details")?.dataset.key ?? ""`) }
	for range 60 {
		if focused() == "ranking-how" {
			break
		}
		b.press(kb.Tab)
	}
	b.press(kb.Enter)
	if !ask[bool](b, `document.activeElement.closest("details").open`) {
		t.Fatalf("the definitions don't open; the focus is at %q", focused())
	}
	b.wants("公平名次")
	b.press(kb.Escape)
	if ask[bool](b, `document.querySelector('[data-key="ranking-how"]').open`) || focused() != "ranking-how" {
		t.Errorf("Escape does not close, or the focus is lost: %q", focused())
	}
	b.press(kb.Enter)
	for range 3 {
		b.press(kb.Tab)
	}
	if ask[bool](b, `document.querySelector('[data-key="ranking-how"]').open`) {
		t.Error("it stays open though the focus went on")
	}
	ask[bool](b, `(document.querySelector("#ranking tbody a").focus(), true)`)
	b.press(kb.Enter)
	b.until("the city is shown", `location.search.includes("region=440300000000") && document.querySelector("h1").innerText.includes("深圳市")`)
}

// Without scripts every figure, filter, table and definition is there.
func TestTheBoardWithoutScripts(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, phone)
	b.scripts(false)
	b.open("/ping/board")
	b.tap(`[data-key="channels-filter"] > summary`)
	b.follow(touch(`[data-key="channels-filter"] .pop li:nth-child(2) a`))
	b.tap(`[data-key="days"] > summary`)
	b.follow(touch(`[data-key="days"] button`))
	b.follow(touch(`.chosen a`))
	b.tap(`[data-key="trend-data"] > summary`)
	b.tap(`[data-key="ranking-how"] > summary`)
	b.scripts(true) // to ask what the page shows
	b.wants("公平名次", "评价数", "深圳市")
	if got := ask[int](b, `document.querySelectorAll('table[data-for="trend"] tbody tr').length`); got != 30 {
		t.Errorf("the trend's table has %d rows", got)
	}
	if ask[bool](b, `!!document.querySelector("canvas, html.scripted")`) {
		t.Error("a script ran")
	}
	for _, useless := range []string{"#size", "[data-copy]"} {
		if ask[bool](b, `document.querySelector("`+useless+`").checkVisibility()`) {
			t.Errorf("%s is there, and can do nothing", useless)
		}
	}
}

// A period without a review says so in every block.
func TestAnEmptyPeriodSaysSo(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, desktop)
	b.open("/ping/board?period=2024-02")
	for _, block := range []string{"ranking", "stars", "channels", "entities", "praised", "complained", "trend", "newest"} {
		if text := ask[string](b, `document.querySelector("#`+block+`").innerText`); !strings.Contains(text, "2024年2月没有评价") {
			t.Errorf("%s says %q", block, text)
		}
	}
	if ask[bool](b, `/NaN|undefined|null|Infinity|%!/.test(document.body.innerText)`) {
		t.Errorf("machine's words: %s", b.text())
	}
}

// No word on the board is a machine's: what is Latin are units of files and the site's own addresses.
func TestTheBoardSpeaksChinese(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, desktop)
	b.open("/ping/board")
	said := ask[[]string](b, `(() => {
		const texts = [];
		const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
		while (walk.nextNode()) if (!walk.currentNode.parentElement.closest("script, textarea")) texts.push(walk.currentNode.data);
		for (const e of document.querySelectorAll("[aria-label], [title]")) texts.push(e.getAttribute("aria-label") ?? e.title);
		return texts.flatMap(text => text.match(/[A-Za-z]{2,}/g) ?? []) })()`)
	for _, word := range said {
		switch word {
		case "CSV", "XLSX", "JSON", "Wilson":
		default:
			t.Errorf("%q is read on the board", word)
		}
	}
}
