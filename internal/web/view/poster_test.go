package view_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/haochaping/haochaping/internal/web/view"
)

func posters(t *testing.T, test bool, posters ...view.Poster) string {
	t.Helper()
	var page bytes.Buffer
	if err := view.WritePosters(&page, "大厅 评价二维码", test, posters); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

func TestPosters(t *testing.T) {
	const address = "https://h.example/ping/window.html?w=4401000000010001&x=1"
	full := view.Poster{
		Hall: "广州市政务服务中心", Number: "3", Name: "综合受理", Department: "市公安局", Address: address, Telephone: "020-12345、13800138000",
	}
	page := posters(t, false, full, view.Poster{Hall: "北京街道", Number: "综合窗口", Address: address}, view.Poster{Hall: "<b>&", Name: `"><script>`, Address: address})
	for words, times := range map[string]int{
		`<section class="sheet"`: 3, "<svg xmlns": 3, "扫一扫": 3, "点星星": 3, "点提交": 3, "您的评价不会透露给被评价人": 3,
		`<div class="number l">3<small>号窗口</small></div>`: 1, `<div class="number m">综合窗口</div>`: 1, "综合受理": 2, "市公安局": 1,
		"h.example/ping/window.html?w=4401000000010001&amp;x=1</p>": 3,
		"或致电 <span>020-12345</span>、<span>13800138000</span>":       1,
		"测试环境": 0, "<script": 0, "<b>": 0, "&lt;b&gt;&amp;": 2,
	} {
		if got := strings.Count(page, words); got != times {
			t.Errorf("%s stands there %d times, want %d", words, got, times)
		}
	}
	if marked := posters(t, true, full); strings.Count(marked, "测试环境 仅供测试") != 2 {
		t.Error("a sheet of the test environment does not say so twice")
	}
	if strings.Contains(page, "http://") && strings.Count(page, "http://") != strings.Count(page, "http://www.w3.org/2000/svg") {
		t.Error("the page asks another host")
	}
}

func TestAPosterWithoutACodeIsNotDrawn(t *testing.T) {
	if err := view.WritePosters(&bytes.Buffer{}, "", false, []view.Poster{{Hall: "大厅"}}); err == nil {
		t.Error("a poster without an address is drawn")
	}
}
