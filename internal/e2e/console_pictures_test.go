package e2e

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// consolePictures are what docs show of the console: whose screen, an address, a link that is followed from there, and how.
var consolePictures = []struct {
	name, login, path, link string
	do                      func(b *tab)
	screen                  size
	whole, dark             bool
}{
	{name: "home-1280", login: "sheng", path: "/console", screen: desktop},
	{name: "cases-1280", login: "sheng", path: "/console/cases", screen: desktop},
	{name: "case-1280", login: "sheng", path: "/console/cases?state=closed", link: "/console/cases/", screen: desktop, whole: true},
	{name: "reviews-1280", login: "sheng", path: "/console/reviews", screen: desktop},
	{name: "figures-1280", login: "sheng", path: "/console/figures", screen: desktop, whole: true},
	{name: "halls-1280", login: "sheng", path: "/console/halls", screen: desktop},
	{name: "apps-check-1280", login: "sheng", path: "/console/apps/check", do: checkBrokenRequest, screen: desktop, whole: true},
	{name: "moderation-1280", login: "sheng", path: "/console/moderation", screen: desktop},
	{name: "audit-dark-1280", login: "sheng", path: "/console/audit", screen: desktop, dark: true},
	{name: "case-360", login: "gongdan", path: "/console/cases", link: "/console/cases/", screen: phone, whole: true},
}

// largestConsolePicture is the most bytes of a picture of the console.
const largestConsolePicture = 110_000

// Pictures of the console, full of the demo's reviews, and of what a citizen sees of his case: HAOCHAPING_SCREENSHOTS=1 writes
// them.
func TestPicturesOfTheConsole(t *testing.T) {
	if os.Getenv("HAOCHAPING_SCREENSHOTS") == "" {
		return // nothing to prove: a person looks at them
	}
	folder := filepath.Join("..", "..", "docs", "screenshots", "console")
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // for everybody
		t.Fatal(err)
	}
	save := func(name string, drawn []byte) {
		t.Helper()
		if len(drawn) > largestConsolePicture {
			t.Errorf("%s has %d bytes", name, len(drawn))
		}
		if err := os.WriteFile(filepath.Join(folder, name+".png"), drawn, 0o644); err != nil { //nolint:gosec // a picture for everybody
			t.Fatal(err)
		}
	}
	base, password := consoleDemo(t, "8000")
	people := map[string]*tab{}
	for _, p := range consolePictures {
		b := people[p.login]
		if b == nil {
			b = tabOn(t, base, desktop)
			b.enterConsole(p.login, password)
			people[p.login] = b
		}
		b.resize(p.screen)
		b.dark(p.dark)
		b.open(p.path)
		if p.link != "" {
			b.open(ask[string](b, `document.querySelector("main table a[href^='`+p.link+`'], main li a[href^='`+p.link+`']").href`))
		}
		if p.do != nil {
			p.do(b)
		}
		save(p.name, b.shot(p.screen, p.whole))
	}
	w := buildTown(t, onSQLite(t), withoutTOTP)
	citizen, office := tabOn(t, w.url, phone), tabOn(t, w.url, desktop)
	w.logIn(t, citizen)
	receipt, serial := citizen.rated(w, "GZ-2026-0501", "1", "排队两个小时，没有人说明原因")
	office.open("/console/cases/" + serial)
	office.settle("gongdan", w.hire(t, "gongdan", "handler", "周工单", "--hall", w.hall))
	office.acts("核实属实，开始整改", "rectify", "排队两小时属实，窗口增开一个", "开始整改")
	office.acts("向评价人反馈", "feedback", "我们已增开一个窗口，并在大厅显示等候人数。抱歉让您久等。", "反馈给评价人")
	citizen.open("/ping/r/" + receipt)
	save("citizen-360", citizen.shot(phone, true))
}

// shot is a picture of what is on the screen, or of the whole page, whose small spots of color, which tell states, keep it.
func (b *tab) shot(s size, whole bool) []byte {
	b.t.Helper()
	b.resize(s)
	b.do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	take := chromedp.CaptureScreenshot()
	if whole {
		take = chromedp.FullScreenshot(100)
	}
	taken, err := chromedp.Run(b.ctx, take)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.lighter(taken)
}

// lighter draws a picture in 256 colors: of each kind of color the most frequent one, so that small spots keep theirs.
func (b *tab) lighter(taken []byte) []byte {
	b.t.Helper()
	full, err := png.Decode(bytes.NewReader(taken))
	if err != nil {
		b.t.Fatal(err)
	}
	bounds, count := full.Bounds(), map[color.NRGBA]int{}
	each := func(do func(x, y int, c color.NRGBA)) {
		for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
			for x := bounds.Min.X; x < bounds.Max.X; x++ {
				do(x, y, color.NRGBAModel.Convert(full.At(x, y)).(color.NRGBA))
			}
		}
	}
	each(func(_, _ int, c color.NRGBA) { count[c]++ })
	colors := slices.SortedFunc(maps.Keys(count), func(a, b color.NRGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(int(a.R)<<16|int(a.G)<<8|int(a.B), int(b.R)<<16|int(b.G)<<8|int(b.B)))
	})
	var palette color.Palette
	kinds := map[[3]uint8]bool{}
	for _, c := range colors {
		kind := [3]uint8{c.R >> 5, c.G >> 5, c.B >> 5}
		if len(palette) < 64 || !kinds[kind] && len(palette) < 256 {
			kinds[kind], palette = true, append(palette, c)
		}
	}
	small, nearest := image.NewPaletted(bounds, palette), map[color.NRGBA]uint8{}
	for _, c := range colors {
		nearest[c] = uint8(palette.Index(c)) //nolint:gosec // a palette has 256 colors at most
	}
	each(func(x, y int, c color.NRGBA) { small.SetColorIndex(x, y, nearest[c]) })
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small); err != nil {
		b.t.Fatal(err)
	}
	return out.Bytes()
}

// checkBrokenRequest asks the checker of signatures about a request that was signed with another secret.
func checkBrokenRequest(b *tab) {
	b.t.Helper()
	const pasted = "POST /ping/ebus/affair/eval\nContent-Type: application/json;charset=utf-8\nx-tif-paasid: demo\nx-tif-timestamp: 1764312345\nx-tif-nonce: demo123\n" +
		"x-tif-signature: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n\n{\"appCode\":\"demo\"}"
	field := strings.TrimSpace(ask[string](b, `"#" + document.querySelector("main textarea").id`))
	b.write(field, pasted)
	b.follow(touch("main form button.main"))
}
