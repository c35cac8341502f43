package client

import (
	"bytes"
	"encoding/json"
)

// Where the three kinds of review are submitted (3.4.2.2, 3.4.3.2, 3.4.4.2) and tags are looked up.
const (
	PathAffair  = "/ping/ebus/affair/eval"
	PathGuide   = "/ping/ebus/guide/eval"
	PathHotline = "/ping/ebus/hotline/eval"
	PathTags    = "/ping/ebus/tags"
)

// Evaluation objects (评价对象编码), 4.1.
const (
	EgovAffair    = "egovAffair"    // 政务网已办事项
	EgovGuide     = "egovGuide"     // 政务网办事指南
	YssAffair     = "yssAffair"     // 粤省事已办事项
	HotlineAffair = "hotlineAffair" // 热线服务
)

// Kinds of reviewer (userType), 3.4.2.4.
const (
	Person  = 0 // 个人
	Company = 1 // 法人
)

// ResidentIDCard is the certificateType of a 居民身份证 as Guangdong writes it; the specification has no table of them.
const ResidentIDCard = 10

// User is the reviewer (评价人) of an affair or a guide, 3.4.2.4 and 3.4.3.4. Every field is required.
type User struct {
	UserID          string `json:"userId"`          // String(32) 统一身份认证系统uid
	UserName        string `json:"userName"`        // String(50) 评价人姓名
	ContactPhone    string `json:"contactPhone"`    // String(50) 评价人手机号码
	PassportName    string `json:"passportName"`    // String(30) 评价者登录账号
	UserType        int    `json:"userType"`        // Integer 评价者类型：0个人；1法人
	CertificateType int    `json:"certificateType"` // Integer 评价者证件类型, 0 to 999
	CertificateNo   string `json:"certificateNo"`   // String(50) 证件编号
}

// TagRef names a tag that the reviewer chose, 3.4.2.4.
type TagRef struct {
	TagID string `json:"tagId"` // required, String(32) 评价者主动勾选的评价标签编码
}

// TagList is the tags that the reviewer chose, at most 20, all of the review's own star level. It may be empty but has
// to be there, so none at all is sent as [].
type TagList []TagRef

// Tagged makes a list of tags from their codes.
func Tagged(tagIDs ...string) TagList {
	list := make(TagList, len(tagIDs))
	for i, id := range tagIDs {
		list[i].TagID = id
	}
	return list
}

// MarshalJSON writes the list as an array, never as null.
func (l TagList) MarshalJSON() ([]byte, error) {
	if len(l) == 0 {
		return []byte("[]"), nil
	}
	return Encode([]TagRef(l))
}

// Encode writes a message as the JSON that the Submit methods send, for those who send it themselves and use Sign.
func Encode(message any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // <, > and & as people read them
	if err := encoder.Encode(message); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
