package client

import "context"

// GuideEval is the review of a service guide (办事指南), 3.4.3.4.
type GuideEval struct {
	AppCode        string  `json:"appCode"`          // required, String(10) 系统编码
	EvalEntityCode string  `json:"evalEntityCode"`   // required, String(14) 评价对象编码: EgovGuide
	User           User    `json:"user"`             // required, 评价人信息
	TagList        TagList `json:"tagList"`          // required, may be empty, 评价标签
	Guide          Guide   `json:"guide"`            // required, 办事指南信息
	GeneralStars   int     `json:"generalStars"`     // required, Integer 5非常满意 4满意 3基本满意 2不满意 1非常不满意
	Remark         string  `json:"remark,omitempty"` // optional, String(150) 附加评论
	EvalTime       string  `json:"evalTime"`         // required, 14 digits (String(30) is a misprint) 评价时间, see Time
}

// Guide is the service guide, 3.4.3.4 guide. Every field is required.
type Guide struct {
	AffairCode     string `json:"affairCode"`     // String(32) 实施清单编码
	AffairName     string `json:"affairName"`     // String(100) 事项名称
	DepartmentCode string `json:"departmentCode"` // String(50) 事项所属部门编码
}

// SubmitGuide submits the review of a service guide. A refusal is an *Error.
func (c *Client) SubmitGuide(ctx context.Context, message GuideEval) (Receipt, error) {
	return c.submit(ctx, PathGuide, message)
}
