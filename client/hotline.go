package client

import "context"

// HotlineEval is the review of a hotline call's work order (服务热线), 3.4.4.4.
type HotlineEval struct {
	AppCode        string        `json:"appCode"`        // required, String(10) 系统编码
	EvalEntityCode string        `json:"evalEntityCode"` // required, String(14) 评价对象编码: HotlineAffair
	WorkOrderID    string        `json:"workOrderId"`    // required, String(32) 工单号
	User           HotlineUser   `json:"user"`           // required, 评价人信息
	Accept         HotlineAccept `json:"accept"`         // required, 受理环节信息
	Deal           HotlineDeal   `json:"deal"`           // required, 承办环节信息
	EvalTime       string        `json:"evalTime"`       // required, String(14) 评价时间, see Time
}

// HotlineUser is the caller, 3.4.4.4 user.
type HotlineUser struct {
	UserName     string `json:"userName"`           // required, String(50) 评价人姓名
	ContactPhone string `json:"contactPhone"`       // required, String(50) 评价人手机号码
	UserType     *int   `json:"userType,omitempty"` // optional, Integer 评价者类型：0个人；1法人; nil for unknown
}

// HotlineAccept is how the call was taken, 3.4.4.4 accept.
type HotlineAccept struct {
	WorkNo       string `json:"workNo"`           // required, String(32) 热线服务人员工号
	RegionCode   string `json:"regionCode"`       // required, String(32) 热线服务人员所在区划编码
	OperatorName string `json:"operaterName"`     // required, String(50) 热线服务人员姓名; the specification spells it so
	GeneralStars int    `json:"generalStars"`     // required, Integer 整体评价星级, 1 to 5
	Remark       string `json:"remark,omitempty"` // optional, String(100) 不满意原因
	AcceptTime   string `json:"acceptTime"`       // required, String(14) 受理时间, see Time
}

// HotlineDeal is how the work order was dealt with, 3.4.4.4 deal.
type HotlineDeal struct {
	DepartmentCode string `json:"departmentCode"`   // required, String(32) 承办部门编码
	GeneralStars   int    `json:"generalStars"`     // required, Integer 整体评价星级, 1 to 5
	Remark         string `json:"remark,omitempty"` // optional, String(100) 不满意原因
	DealTime       string `json:"dealTime"`         // required, String(14) 承办单位处理时间, see Time
	DoneTime       string `json:"doneTime"`         // required, String(14) 办结时间, see Time
}

// SubmitHotline submits the review of a hotline work order. A refusal is an *Error.
func (c *Client) SubmitHotline(ctx context.Context, message HotlineEval) (Receipt, error) {
	return c.submit(ctx, PathHotline, message)
}
