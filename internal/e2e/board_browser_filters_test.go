package e2e

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// parameter is what the address says of one filter.
func (b *tab) parameter(name string) string {
	b.t.Helper()
	address, err := url.Parse(b.at())
	if err != nil {
		b.t.Fatal(err)
	}
	return address.Query().Get(name)
}

// Every filter works by a link, keeps the others, and stands in the address; whoever opens that address sees the same.
func TestEveryFilterOfTheBoard(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, desktop)
	b.open("/ping/board")
	if got := b.shown("评价数"); got != "71" {
		t.Errorf("评价数 is %s, want 71", got)
	}
	if got := b.rows(); !slices.Equal(got, []string{"深圳市", "广州市"}) {
		t.Errorf("ranked are %q, want 深圳市 before 广州市, 汕头市 apart", got)
	}
	b.wants("样本不足", "汕头市", "近30天")

	b.link(".segments", "今天")
	if got := b.parameter("period"); got != "today" {
		t.Errorf("period is %q", got)
	}
	today := b.shown("评价数")
	if today == "71" {
		t.Error("today has all reviews of 30 days")
	}
	b.choose("entities", "政务网已办事项")
	b.choose("channels-filter", "粤省事")
	if got := [3]string{b.parameter("period"), b.parameter("entity"), b.parameter("channel")}; got != [3]string{"today", "egovAffair", "yss"} {
		t.Errorf("the address says %q", got)
	}
	b.wants("今天没有评价")
	b.link(".chosen", "取消粤省事✕")
	if got := b.shown("评价数"); got != today || b.parameter("channel") != "" || b.parameter("entity") != "egovAffair" {
		t.Errorf("without the channel: %s at %s, want %s", got, b.at(), today)
	}
	b.link(".segments", "近30天")
	b.link("#ranking .segments", "公平排名")
	if got := b.parameter("rank"); got != "fair" {
		t.Errorf("rank is %q", got)
	}
	b.wants("公平")
	b.link("#ranking .segments", "全部部门")
	if got := b.rows(); !slices.Contains(got, "深圳市政务服务局") {
		t.Errorf("departments: %q", got)
	}

	other := tabOn(t, w.url, desktop)
	other.open(b.at())
	parts := `[...document.querySelectorAll("main > section, .blocks > section")].map(s => s.innerText).join("\n")`
	if mine, others := ask[string](b, parts), ask[string](other, parts); mine != others {
		t.Errorf("the same address shows something else:\n%s\n---\n%s", mine, others)
	}
}

// A tile leads down, the crumbs lead up, and the browser's own way back shows what was there.
func TestDownAndUpTheBoard(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, desktop)
	b.open("/ping/board?period=7d")
	b.link("#tiles", "广州"+ask[string](b, `document.querySelector(".at-4401 .score").innerText.replace(/\s/g, "")`))
	b.wants("广州市", "天河")
	if got := [2]string{b.parameter("region"), b.parameter("period")}; got != [2]string{guangzhou, "7d"} {
		t.Errorf("down at %q", got)
	}
	b.choose("below", "天河区")
	if got := b.parameter("region"); got != "440106000000" {
		t.Errorf("further down at %s", got)
	}
	b.link(".crumbs", "广州市")
	if got := b.parameter("region"); got != guangzhou {
		t.Errorf("up at %s", got)
	}
	b.link(".crumbs", "广东省")
	if got := b.at(); got != "/ping/board?period=7d" {
		t.Errorf("at the top: %s", got)
	}
	b.back("what was before", `document.querySelector("h1").innerText.includes("广州市")`)
	b.open("/ping/board?period=7d&region=" + guangzhou)
	b.link("#ranking tbody", "天河区")
	if got := b.parameter("region"); got != "440106000000" {
		t.Errorf("from the ranking: %s", got)
	}
}

// The days of a form are in the address like every other filter.
func TestDaysChosenOnTheBoard(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, desktop)
	b.open("/ping/board?entity=egovAffair&rank=fair")
	b.tap(`[data-key="days"] > summary`)
	ask[bool](b, `(document.querySelector("[name=from]").value = "`+day(3)+`", document.querySelector("[name=to]").value = "`+day(1)+`", true)`)
	b.follow(touch(`[data-key="days"] button`))
	want := strings.ReplaceAll(day(3)+"-"+day(1), "-", "")
	want = want[:8] + "-" + want[8:]
	if got := [3]string{b.parameter("period"), b.parameter("entity"), b.parameter("rank")}; got != [3]string{want, "egovAffair", "fair"} {
		t.Errorf("the address says %q, want %s with the other filters", got, want)
	}
}

// Days in the wrong order are told before they are sent; an address with such days offers the form again, with the other filters.
func TestDaysThatCannotBeOnTheBoard(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, phone)
	choose := func(from, to string) {
		ask[bool](b, `["from", "to"].every((name, i) => {
			const input = document.querySelector("[name=" + name + "]")
			input.value = ["`+from+`", "`+to+`"][i]
			return input.dispatchEvent(new Event("input", {bubbles: true})) })`)
	}
	said := `document.querySelector("[name=to]").validationMessage`
	b.open("/ping/board?region=" + guangzhou + "&channel=portal")
	choose(day(1), day(3))
	if got := ask[string](b, said); got != "结束日期早于开始日期" {
		t.Errorf("the form says %q of days in the wrong order", got)
	}
	choose(day(3), day(1))
	if got := ask[string](b, said); got != "" {
		t.Errorf("the form says %q of days that are right", got)
	}
	b.open("/ping/board?region=" + guangzhou + "&channel=portal&from=" + day(1) + "&to=" + day(3))
	b.wants("日期不对", "结束日期早于开始日期")
	choose(day(1), day(3))
	if got := ask[string](b, said); got != "结束日期早于开始日期" {
		t.Errorf("the form on the page of the fault says %q", got)
	}
	choose(day(3), day(1))
	if status := b.follow(touch(".pick button")); status != 200 {
		t.Errorf("the form leads to status %d", status)
	}
	if got := [2]string{b.parameter("region"), b.parameter("channel")}; got != [2]string{guangzhou, "portal"} {
		t.Errorf("the filters are %q", got)
	}
}

// Each block's file is one tap away.
func TestDownloadsFromTheBoard(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, desktop)
	b.open("/ping/board")
	dir := t.TempDir()
	tell(b, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID, DownloadPath: dir,
	})
	for _, format := range []string{"CSV", "XLSX", "JSON"} {
		b.tap(`[data-key="ranking-download"] > summary`)
		ask[bool](b, `[...document.querySelectorAll('[data-key="ranking-download"] a')].find(a => a.innerText === "`+format+`").click() === undefined`)
		suffix := "." + strings.ToLower(format)
		eventually(t, format+" is there", func() bool {
			files, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
			if err != nil || len(files) != 1 {
				return false
			}
			content, err := os.ReadFile(files[0])
			return err == nil && len(content) > 200
		})
		b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("h1").click()`))
	}
	if ask[bool](b, `document.body.classList.contains("leaving")`) {
		t.Error("the page waits for another one")
	}
}

// What is wrong in an address is said, with what would be right and a way out.
func TestAnAddressThatTheBoardCannotRead(t *testing.T) {
	t.Parallel()
	w := buildBoardTown(t)
	b := tabOn(t, w.url, phone)
	if status := b.open("/ping/board?region=nowhere&period=ever"); status != 400 {
		t.Errorf("status %d, want 400", status)
	}
	b.wants("region", "period", "30d")
	if status := b.follow(touch(".button")); status != 200 {
		t.Errorf("the way out has status %d", status)
	}
	b.wants("广东省")
}
