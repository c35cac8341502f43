package ebus

import (
	"time"

	"github.com/haochaping/haochaping/internal/review"
)

// message is one of the specification's three submissions.
type message struct {
	kind     review.Kind
	fields   []field
	entities []string // evaluation objects it is for (4.1)
}

// affair is 3.4.2 提交已办事项评价.
var affair = &message{
	kind:     review.Affair,
	entities: []string{"egovAffair", "yssAffair"},
	fields: table(
		appCode(),
		entityCode(),
		object("department", required,
			code("departmentCode", required, 32, func(r *review.Review) *string { return &r.DepartmentCode }),
			text("departmentName", required, 100, func(r *review.Review) *string { return &r.DepartmentName }),
		),
		object("affair", required,
			code("affairSerialNo", required, 50, func(r *review.Review) *string { return &r.Subject }),
			code("affairCode", required, 32, func(r *review.Review) *string { return &r.ItemCode }),
			text("affairName", required, 100, func(r *review.Review) *string { return &r.ItemName }),
			text("affairDealOfficer", required, 50, func(r *review.Review) *string { return &r.OfficerName }),
			moment("affairApplyTime", required, func(r *review.Review) *time.Time { return &r.ApplyTime }),
			moment("affairDoneTime", required, func(r *review.Review) *time.Time { return &r.DoneTime }),
		),
		user(),
		tagList(),
		stars(func(r *review.Review, n int) { r.Stars = n }),
		remark(),
		evalTime(),
	),
}

// guide is 3.4.3 提交办事指南评价. Its evalTime is String(30) by a misprint: the format has 14 digits.
var guide = &message{
	kind:     review.Guide,
	entities: []string{"egovGuide"},
	fields: table(
		appCode(),
		entityCode(),
		user(),
		tagList(),
		object("guide", required,
			code("affairCode", required, 32, func(r *review.Review) *string { return &r.ItemCode }),
			text("affairName", required, 100, func(r *review.Review) *string { return &r.ItemName }),
			code("departmentCode", required, 50, func(r *review.Review) *string { return &r.DepartmentCode }),
		),
		stars(func(r *review.Review, n int) { r.Stars = n }),
		remark(),
		evalTime(),
	),
}

// hotline is 3.4.4 提交服务热线评价.
var hotline = &message{
	kind:     review.Hotline,
	entities: []string{"hotlineAffair"},
	fields: table(
		appCode(),
		entityCode(),
		code("workOrderId", required, 32, func(r *review.Review) *string { return &r.Subject }),
		object("user", required,
			userName(),
			contactPhone(),
			userType(optional),
		),
		object("accept", required,
			code("workNo", required, 32, func(r *review.Review) *string { return &r.WorkNo }),
			code("regionCode", required, 32, func(r *review.Review) *string { return &r.RegionCode }),
			text("operaterName", required, 50, func(r *review.Review) *string { return &r.OfficerName }),
			stars(func(r *review.Review, n int) { r.AcceptStars = n }),
			text("remark", optional, 100, func(r *review.Review) *string { return &r.AcceptRemark }),
			moment("acceptTime", required, func(r *review.Review) *time.Time { return &r.ApplyTime }),
		),
		object("deal", required,
			code("departmentCode", required, 32, func(r *review.Review) *string { return &r.DepartmentCode }),
			stars(func(r *review.Review, n int) { r.DealStars = n }),
			text("remark", optional, 100, func(r *review.Review) *string { return &r.DealRemark }),
			moment("dealTime", required, func(r *review.Review) *time.Time { return &r.DealTime }),
			moment("doneTime", required, func(r *review.Review) *time.Time { return &r.DoneTime }),
		),
		evalTime(),
	),
}

// complete fills in what follows from what was sent.
func (m *message) complete(r *review.Review) {
	r.Kind = m.kind
	switch m.kind {
	case review.Guide:
		r.Subject = r.ItemCode
	case review.Hotline:
		r.Stars = min(r.AcceptStars, r.DealStars)
	}
}
