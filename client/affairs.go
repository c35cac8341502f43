package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// PathAffairs is where completed affairs are sent, an extension of the specification's interfaces (2.4: 同步已办事项信息).
const PathAffairs = "/ping/ebus/affairs"

// MaxAffairs is how many completed affairs one call may send.
const MaxAffairs = 500

// CompletedAffairs are up to MaxAffairs completed affairs (已办事项) in one call.
type CompletedAffairs struct {
	AppCode string            `json:"appCode"` // required, String(10) 系统编码
	Affairs []CompletedAffair `json:"affairs"` // required, 1 to MaxAffairs
}

// CompletedAffair is one of them. Sent again with the same AffairSerialNo it is changed to what is sent.
type CompletedAffair struct {
	AffairSerialNo    string `json:"affairSerialNo"`              // required, String(50) 办件编号
	AffairCode        string `json:"affairCode"`                  // required, String(32) 实施清单编码
	AffairName        string `json:"affairName,omitempty"`        // String(100) 事项名称
	DepartmentCode    string `json:"departmentCode,omitempty"`    // String(32) 部门编码
	DepartmentName    string `json:"departmentName,omitempty"`    // String(100) 部门名称
	RegionCode        string `json:"regionCode,omitempty"`        // String(12) 区划编码
	HallCode          string `json:"hallCode,omitempty"`          // String(20) 大厅编码
	WindowCode        string `json:"windowCode,omitempty"`        // String(20) 窗口编码
	WorkNo            string `json:"workNo,omitempty"`            // String(32) 工作人员工号
	AffairDealOfficer string `json:"affairDealOfficer,omitempty"` // String(50) 事项受理人姓名
	AffairResult      string `json:"affairResult,omitempty"`      // String(50) 办理结果
	UserType          *int   `json:"userType,omitempty"`          // Integer 申请人类型：0个人；1法人
	CertificateType   *int   `json:"certificateType,omitempty"`   // Integer 申请人证件类型, 0 to 999
	AffairApplyTime   string `json:"affairApplyTime,omitempty"`   // 事项受理时间, see Time
	AffairDoneTime    string `json:"affairDoneTime"`              // required, 事项办结时间, see Time; yyyy-MM-dd HH:mm:ss and its like will do, too
	UserID            string `json:"userId,omitempty"`            // String(32) 统一身份认证系统uid
	UserName          string `json:"userName,omitempty"`          // String(50) 申请人姓名
	ContactPhone      string `json:"contactPhone,omitempty"`      // String(50) 申请人手机号码
	CertificateNo     string `json:"certificateNo,omitempty"`     // String(50) 证件编号; by it the citizen finds his affair at a window
}

// States of an AffairResult.
const (
	AffairNew      = "new"      // 新增
	AffairChanged  = "changed"  // 已更新: it was there and differed
	AffairSame     = "same"     // 无变化: it was there
	AffairRejected = "rejected" // 未收: see Errors
)

// AffairResult is what became of one affair.
type AffairResult struct {
	AffairSerialNo string       `json:"affairSerialNo"`
	State          string       `json:"state"`
	Errors         []FieldError `json:"errors"` // every fault of a rejected one
}

// AffairsReceipt is the answer to completed affairs. What is not rejected is stored.
type AffairsReceipt struct {
	Accepted  int            `json:"accepted"`
	Rejected  int            `json:"rejected"`
	Results   []AffairResult `json:"results"` // one for each affair, in the order in which they were sent
	RequestID string         `json:"-"`
}

// errNoResults is code 0 without a result for each affair: not a 好差评 system, or a broken one.
var errNoResults = errors.New("answer has code 0 but not a result for each affair")

// SubmitAffairs sends completed affairs. Each is judged for itself: look at the receipt's Rejected. A refusal of the whole
// call is an *Error. Sending the same again does no harm.
func (c *Client) SubmitAffairs(ctx context.Context, message CompletedAffairs) (AffairsReceipt, error) {
	body, err := Encode(message)
	if err != nil {
		return AffairsReceipt{}, fmt.Errorf("encode affairs: %w", err)
	}
	answer, err := c.call(ctx, http.MethodPost, c.base+PathAffairs, body)
	if err != nil {
		return AffairsReceipt{}, fmt.Errorf("submit affairs: %w", err)
	}
	receipt := AffairsReceipt{RequestID: answer.RequestID}
	if err := json.Unmarshal(answer.Data, &receipt); err != nil || len(receipt.Results) != len(message.Affairs) {
		return AffairsReceipt{}, fmt.Errorf("submit affairs: %w", errNoResults)
	}
	return receipt, nil
}
