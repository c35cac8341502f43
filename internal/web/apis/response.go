package apis

import (
	"net/http"

	"github.com/haochaping/haochaping/internal/figures"
)

// responded is a row of /ping/apis/response: how many of a region's or a department's completed affairs were reviewed. The
// rates are per cent with two decimals (domain.md 4).
type responded struct {
	RegionCode     string  `json:"regionCode,omitempty"`
	RegionName     string  `json:"regionName,omitempty"`
	DepartmentCode string  `json:"departmentCode,omitempty"`
	DepartmentName string  `json:"departmentName,omitempty"`
	Completed      int64   `json:"completed"`
	Reviewed       int64   `json:"reviewed"`
	ResponseRate   float64 `json:"responseRate"`
	UnreviewedRate float64 `json:"unreviewedRate"`
	Items          int64   `json:"items"`
	ReviewedItems  int64   `json:"reviewedItems"`
	Coverage       float64 `json:"coverage"`
}

// response ranks the regions below a region (type 1) or its departments (type 2) by 主动评价率. Affairs have no evaluation
// object, so evalEntityCode is passed over.
func (h *Handler) response(r *http.Request) (any, error) {
	q := h.query(r)
	q.values.Del("evalEntityCode")
	scope, kind, page := q.scope(), q.number("type", 1, 1, 2), q.page()
	if err := q.fault(); err != nil {
		return nil, err
	}
	by := figures.ByRegion
	if kind == 2 {
		by = figures.ByDepartment
	}
	responses, err := h.Figures.Responses(r.Context(), scope, by)
	if err != nil {
		return nil, err
	}
	data := paged[responded]{
		PageData: []responded{}, PageNo: page.number, PageTotal: page.of(int64(len(responses))), Total: int64(len(responses)),
	}
	for _, r := range cut(page, responses) {
		row := responded{
			Completed: r.Completed, Reviewed: r.Reviewed, ResponseRate: r.Rate(), UnreviewedRate: r.UnreviewedRate(),
			Items: r.Items, ReviewedItems: r.ReviewedItems, Coverage: r.Coverage(),
		}
		if kind == 2 {
			row.DepartmentCode, row.DepartmentName = r.Code, r.Name
		} else {
			row.RegionCode, row.RegionName = r.Code, r.Name
		}
		data.PageData = append(data.PageData, row)
	}
	return data, nil
}
