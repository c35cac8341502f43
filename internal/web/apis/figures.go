package apis

import (
	"net/http"

	"github.com/haochaping/haochaping/internal/catalog"
	"github.com/haochaping/haochaping/internal/figures"
)

// standing is a row of /ping/apis/statistics: a region's or a department's.
type standing struct {
	RegionCode     string `json:"regionCode,omitempty"`
	RegionName     string `json:"regionName,omitempty"`
	DepartmentCode string `json:"departmentCode,omitempty"`
	DepartmentName string `json:"departmentName,omitempty"`
	// GoodCount and BadCount are 好评数 and 差评数 (domain.md 4).
	GoodCount int64 `json:"goodCount"`
	BadCount  int64 `json:"badCount"`
	// Score is 平均分 of ten, two decimals.
	Score float64 `json:"score"`
}

type statistics struct {
	Standings []standing `json:"outStatisticVoList"`
	PageNo    int        `json:"pageNo"`
	PageTotal int64      `json:"pageTotal"` // pages
	Total     int64      `json:"total"`     // rows of all pages
}

// statistics ranks the regions below a region (type 1) or its departments (type 2), best first, or worst first with
// avgScoreSort=asc.
func (h *Handler) statistics(r *http.Request) (any, error) {
	q := h.query(r)
	scope, kind, page := q.scope(), q.number("type", 1, 1, 2), q.page()
	order := q.values.Get("avgScoreSort")
	if order != "" && order != "asc" && order != "desc" {
		q.fail("avgScoreSort", "应为 desc 或 asc")
	}
	if err := q.fault(); err != nil {
		return nil, err
	}
	rank := h.Figures.Regions
	if kind == 2 {
		rank = h.Figures.Departments
	}
	standings, err := rank(r.Context(), scope)
	if err != nil {
		return nil, err
	}
	if order == "asc" {
		standings = h.Figures.Reversed(standings)
	}
	data := statistics{
		Standings: []standing{}, PageNo: page.number, PageTotal: page.of(int64(len(standings))), Total: int64(len(standings)),
	}
	for _, s := range cut(page, standings) {
		row := standing{GoodCount: h.Figures.Good(s.Counts), BadCount: h.Figures.Bad(s.Counts), Score: h.Figures.Score(s.Counts)}
		if kind == 2 {
			row.DepartmentCode, row.DepartmentName = s.Code, s.Name
		} else {
			row.RegionCode, row.RegionName = s.Code, s.Name
		}
		data.Standings = append(data.Standings, row)
	}
	return data, nil
}

type entityCount struct {
	EntityCode string `json:"entityCode"`
	EntityName string `json:"entityName"`
	EvalCount  int64  `json:"evalCount"`
}

// entities counts by evaluation object, those without a review included.
func (h *Handler) entities(r *http.Request) (any, error) {
	q := h.query(r)
	scope := q.scope()
	if err := q.fault(); err != nil {
		return nil, err
	}
	standings, err := h.Figures.Entities(r.Context(), scope)
	if err != nil {
		return nil, err
	}
	data := []entityCount{}
	for _, s := range standings {
		data = append(data, entityCount{s.Code, s.Name, s.Counts.Total()})
	}
	return data, nil
}

type starCount struct {
	StarNumber int    `json:"starNumber"`
	StarName   string `json:"starName"`
	SumCount   int64  `json:"sumCount"`
}

// stars counts by stars, five first.
func (h *Handler) stars(r *http.Request) (any, error) {
	q := h.query(r)
	scope := q.scope()
	if err := q.fault(); err != nil {
		return nil, err
	}
	total, err := h.Figures.Total(r.Context(), scope)
	if err != nil {
		return nil, err
	}
	data := []starCount{}
	for stars := 5; stars >= 1; stars-- {
		data = append(data, starCount{stars, catalog.StarName(stars), total[stars-1]})
	}
	return data, nil
}

type tagCount struct {
	TagID   string `json:"tagId"`
	TagName string `json:"tagName"`
	Value   int64  `json:"value"`
}

// paged is a page of a list.
type paged[T any] struct {
	PageData  []T   `json:"pageData"`
	PageNo    int   `json:"pageNo"`
	PageTotal int64 `json:"pageTotal"` // pages
	Total     int64 `json:"total"`     // rows of all pages
	// LastRecord is where the next page begins, for a listing that goes on; empty at its end.
	LastRecord string `json:"lastRecord,omitempty"`
}

// tags ranks tags: type 1 praised most, type 2 complained of most.
func (h *Handler) tags(r *http.Request) (any, error) {
	q := h.query(r)
	scope, kind, page := q.scope(), q.number("type", 1, 1, 2), q.page()
	if err := q.fault(); err != nil {
		return nil, err
	}
	tags, err := h.Figures.Tags(r.Context(), scope, kind == 1)
	if err != nil {
		return nil, err
	}
	data := paged[tagCount]{
		PageData: []tagCount{}, PageNo: page.number, PageTotal: page.of(int64(len(tags))), Total: int64(len(tags)),
	}
	for _, t := range cut[figures.TagCount](page, tags) {
		data.PageData = append(data.PageData, tagCount{t.ID, t.Name, t.Count})
	}
	return data, nil
}
