package board

import (
	"strings"
	"testing"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/review"
)

// A tile calls a place as people do: 广州; what is left of a new or development zone without 区 is no name.
func TestShortNames(t *testing.T) {
	for name, want := range map[string]string{
		"广东省": "广东", "广州市": "广州", "天河区": "天河", "清新区": "清新", "大埔县": "大埔", "石牌街道": "石牌", "南澳县": "南澳", "区": "区",
		"东莞滨海湾新区": "东莞滨海湾新区", "银湖湾滨海新区": "银湖湾滨海新区", "开发区": "开发区", "新会经济开发区": "新会经济开发区", "前海合作区": "前海合作区",
		"华侨管理区": "华侨管理区", "联港工业区": "联港工业区", "恩平园区": "恩平园区", "沿海经济开发试验区": "沿海经济开发试验区",
	} {
		if got := short(name); got != want {
			t.Errorf("%s is called %s, want %s", name, got, want)
		}
	}
}

// The newest reviews of a year that is over say of which it was.
func TestAReviewOfAnotherYearSaysOfWhich(t *testing.T) {
	p := newPlace(t)
	p.store.count("440106000000", [5]int64{0, 0, 0, 0, 40})
	at := func(year int) review.Public {
		return review.Public{Serial: "1", UserName: "张*", EntityCode: "egovAffair", Stars: 5, EvalTime: time.Date(year, 2, 28, 23, 59, 0, 0, beijing.Zone)}
	}
	p.store.found = []review.Public{at(2026), at(2020)}
	newest := block(t, p.page(t, "/ping/board?period=20200101-20261124"), "newest")
	for _, want := range []string{">2月28日 23:59<", ">2020年2月28日 23:59<"} {
		if !strings.Contains(newest, want) {
			t.Errorf("nowhere stands %s:\n%s", want, newest)
		}
	}
}
