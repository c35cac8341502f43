package client

import "context"

// AffairEval is the review of a completed affair (已办事项), 3.4.2.4.
type AffairEval struct {
	AppCode        string     `json:"appCode"`          // required, String(10) 系统编码
	EvalEntityCode string     `json:"evalEntityCode"`   // required, String(14) 评价对象编码: EgovAffair or YssAffair
	Department     Department `json:"department"`       // required, 事项所属部门信息
	Affair         Affair     `json:"affair"`           // required, 已办事项信息
	User           User       `json:"user"`             // required, 评价人信息
	TagList        TagList    `json:"tagList"`          // required, may be empty, 评价标签
	GeneralStars   int        `json:"generalStars"`     // required, Integer 5非常满意 4满意 3基本满意 2不满意 1非常不满意
	Remark         string     `json:"remark,omitempty"` // optional, String(150) 附加评论
	EvalTime       string     `json:"evalTime"`         // required, String(14) 评价时间, see Time
}

// Department is whom the item belongs to, 3.4.2.4 department. Every field is required.
type Department struct {
	DepartmentCode string `json:"departmentCode"` // String(32) 部门编码
	DepartmentName string `json:"departmentName"` // String(100) 部门名称
}

// Affair is what was done, 3.4.2.4 affair. Every field is required.
type Affair struct {
	AffairSerialNo    string `json:"affairSerialNo"`    // String(50) 办件编号, up_pro_result_v3.ProjectNo
	AffairCode        string `json:"affairCode"`        // String(32) 实施清单编码
	AffairName        string `json:"affairName"`        // String(100) 事项名称
	AffairDealOfficer string `json:"affairDealOfficer"` // String(50) 事项受理人姓名
	AffairApplyTime   string `json:"affairApplyTime"`   // String(14) 事项受理时间, see Time
	AffairDoneTime    string `json:"affairDoneTime"`    // String(14) 事项办结时间, see Time
}

// SubmitAffair submits the review of a completed affair. A refusal is an *Error.
func (c *Client) SubmitAffair(ctx context.Context, message AffairEval) (Receipt, error) {
	return c.submit(ctx, PathAffair, message)
}
